#include "pool.h"

#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <thread>
#if defined(__linux__)
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace anteroom {
namespace {

int threadsWanted() {
  const char* said = std::getenv("ANTEROOM_THREADS");
  const int count = said ? std::atoi(said) : 0;
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  return count > 0 ? (count < 256 ? count : 256) : cores > 0 ? cores : 1;
}

constexpr int kNice = 10;
/** While pictures are waited for, preparations get one tile of so many. */
constexpr unsigned kPatientShare = 4;

// Never destroyed: workers may wait in it while the process ends.
struct Pool {
  std::mutex mutex;
  std::condition_variable wake;
  std::deque<Job*> urgent, patient;
  unsigned turn = 0;
  const int threads = threadsWanted();
  Pool() {
    for (int worker = 0; worker < threads; worker++) std::thread([this, worker] { work(worker); }).detach();
  }
  void work(int worker) {
#if defined(__linux__)
    // Where cores are few, what is short and waited for (encoder, network, the browser beside us) goes first.
    setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), kNice);
#endif
    std::unique_lock lock(mutex);
    for (;;) {
      wake.wait(lock, [this] { return !urgent.empty() || !patient.empty(); });
      const bool yields = !patient.empty() && ++turn % kPatientShare == 0;
      std::deque<Job*>& queue = urgent.empty() || yields ? patient : urgent;
      Job* job = queue.front();
      const int tile = job->next++;
      if (job->next >= job->tiles) queue.pop_front();
      lock.unlock();
      if (!job->cancelled.load(std::memory_order_relaxed)) job->run(tile, worker);
      lock.lock();
      if (++job->done < job->tiles) continue;
      lock.unlock();
      const int more = job->cancelled.load() ? 0 : job->nextPhase();
      if (more > 0) {
        lock.lock();
        push(job, more, true);
        continue;
      }
      job->complete();
      lock.lock();
    }
  }
  void push(Job* job, int tiles, bool front) {
    job->tiles = tiles;
    job->next = job->done = 0;
    std::deque<Job*>& queue = job->urgent ? urgent : patient;
    if (front)
      queue.push_front(job);
    else
      queue.push_back(job);
    wake.notify_all();
  }
};

Pool& pool() {
  static Pool* const one = new Pool;
  return *one;
}

}  // namespace

int poolThreads() { return pool().threads; }

void startJob(Job* job, int tiles) {
  Pool& p = pool();
  std::lock_guard lock(p.mutex);
  p.push(job, tiles, false);
}

}  // namespace anteroom
