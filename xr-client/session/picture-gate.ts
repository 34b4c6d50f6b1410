/**
 * Whether a checked picture is of the volume on show. Its strip names a pose, not a volume, so time decides.
 *
 * G1 While no volume is shown, no picture is.
 * G2 Pictures of one volume are put away before another is shown.
 * G3 A picture counts from the first pose sampled after the node said `shown`: what answers an earlier pose may be of
 *    the former volume, and on its way still.
 */
export interface PictureGate {
  /** A volume (by any name that no other has), or none, is shown from here on; true where the picture must go. */
  show(volume: string | null, newestTick: number): boolean;
  lets(tick: number): boolean;
}

export function createPictureGate(): PictureGate {
  let open = false;
  let pictured: string | null = null;
  let floorTick = 0;
  return {
    show: (volume, newestTick) => {
      open = volume !== null;
      floorTick = newestTick;
      const other = volume !== pictured;
      pictured = volume;
      return other;
    },
    lets: (tick) => open && tick > floorTick,
  };
}
