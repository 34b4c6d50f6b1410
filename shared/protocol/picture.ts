/**
 * The picture: one I420 image that holds both eyes, per eye a coarse inverse-depth grid with its confidence and a
 * coverage plane, and the id strip. One carrier, so colour, depth and identity cannot disagree.
 *
 * ```
 * +-----------+-----------+
 * | left eye  | right eye |   eyeHeight rows; a mono frame uses the whole width as one eye
 * +----+----+-+--+----+-+-+
 * | dL | dR | cL | cR |sd |   `unit` rows: depth, depth, coverage, coverage (unit x unit each),
 * +----+----+----+----+---+   confidence left above right (unit/2 x unit/2 each)
 * | strip cells 16 x 16   |
 * +-----------------------+
 * ```
 * The renderer may fill only the top left `rendered` part of each eye's slot; the strip says how much.
 */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PictureLayout {
  readonly width: number;
  readonly height: number;
  readonly eyeWidth: number;
  readonly eyeHeight: number;
  /** Slots of the left and the right eye. */
  readonly eyes: readonly [Rect, Rect];
  readonly depth: readonly [Rect, Rect];
  readonly coverage: readonly [Rect, Rect];
  readonly confidence: readonly [Rect, Rect];
  readonly strip: Rect;
}

export const GRID_CELLS = 64;
export const STRIP_CELL_PX = 16;
/** 56 bits, each followed by its complement. */
export const STRIP_CELLS = 112;

/** Depth range of the grid in metres: code 1 is FAR, 255 is NEAR, 0 means that the whole picture is empty. */
export const DEPTH_NEAR_M = 0.15;
export const DEPTH_FAR_M = 10;
/** Confidence code 255 is this standard deviation of inverse depth (1/m); codes grow with its square root. */
export const CONFIDENCE_FULL_PER_M = 2;

/** eyeWidth and eyeHeight are multiples of 16, at least 160. */
export function pictureLayout(eyeWidth: number, eyeHeight: number): PictureLayout {
  if (eyeWidth % 16 || eyeHeight % 16 || eyeWidth < 160 || eyeHeight < 160)
    throw new RangeError(
      `an eye of ${eyeWidth} x ${eyeHeight} px: sides must be multiples of 16, at least 160`,
    );
  const width = 2 * eyeWidth;
  const unit = [256, 128, 64].find((u) => 4.5 * u <= width)!;
  const square = (column: number): Rect => ({ x: column * unit, y: eyeHeight, width: unit, height: unit });
  const half = (row: number): Rect => ({
    x: 4 * unit,
    y: eyeHeight + (row * unit) / 2,
    width: unit / 2,
    height: unit / 2,
  });
  const perRow = Math.floor(width / STRIP_CELL_PX);
  const stripHeight = Math.ceil(STRIP_CELLS / perRow) * STRIP_CELL_PX;
  return {
    width,
    height: eyeHeight + unit + stripHeight,
    eyeWidth,
    eyeHeight,
    eyes: [
      { x: 0, y: 0, width: eyeWidth, height: eyeHeight },
      { x: eyeWidth, y: 0, width: eyeWidth, height: eyeHeight },
    ],
    depth: [square(0), square(1)],
    coverage: [square(2), square(3)],
    confidence: [half(0), half(1)],
    strip: { x: 0, y: eyeHeight + unit, width, height: stripHeight },
  };
}

/** Bytes of the I420 image: Y, then U, then V, rows packed. */
export const pictureBytes = (layout: PictureLayout): number => (layout.width * layout.height * 3) / 2;

/** Inverse depth (1/m) of a grid code 1..255. */
export function inverseDepthFromCode(code: number): number {
  const far = 1 / DEPTH_FAR_M;
  return far + ((code - 1) / 254) * (1 / DEPTH_NEAR_M - far);
}
