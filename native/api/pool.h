// Our own threads: Node's pool serves files and must not wait behind frames. Jobs are cut into tiles; every worker
// helps the oldest job, and the flag that cancels it is read before each tile. Pictures that a head waits for go before
// preparations, which still get every fourth tile: neither stands still for the other.
#pragma once
#include <atomic>

namespace anteroom {

class Job {
 public:
  virtual ~Job() = default;
  virtual void run(int tile, int worker) = 0;
  /** After the last tile of a phase, on a worker: tiles of the next phase, 0 when done. */
  virtual int nextPhase() { return 0; }
  /** After the last phase, on a worker. The job may be deleted by what this starts. */
  virtual void complete() = 0;
  std::atomic<bool> cancelled{false};
  /** Somebody's head waits for it. */
  bool urgent = false;
  /** The pool's. */
  int tiles = 0, next = 0, done = 0;
};

int poolThreads();
void startJob(Job* job, int tiles);

}  // namespace anteroom
