/** The poses that were sent, by tick: what a picture was rendered for is looked up here and nowhere else. */
import type { Pose } from '../../shared/protocol/channel.ts';

export interface PoseRing {
  put(pose: Pose): void;
  /** The pose whose tick ends in these 24 bits, if it is still here. */
  findByStrip(tickMod24: number): Pose | null;
}

/** `size` poses, a power of two: 1024 is more than ten seconds at 90 Hz. */
export function createPoseRing(size = 1024): PoseRing {
  const slots: (Pose | null)[] = Array.from({ length: size }, () => null);
  return {
    put: (pose) => {
      slots[pose.tick % size] = pose;
    },
    findByStrip: (tickMod24) => {
      const pose = slots[tickMod24 % size];
      return pose && pose.tick % 2 ** 24 === tickMod24 ? pose : null;
    },
  };
}
