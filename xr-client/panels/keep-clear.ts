/**
 * Where the furniture that must always be seen (letters, scale, age, what this is not) has room: beside, above and
 * below what is pressed, whatever of it is open and however narrow the screen.
 */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Distances from the named edge of the screen, px; `middlePx` from the top. */
export interface ClearPlaces {
  /** Upper edge of the letter above, with the words of the picture's age right under it. */
  readonly topPx: number;
  readonly bottomPx: number;
  readonly rightPx: number;
  /** Middle of the letters above and below, and of the age words, from the left. */
  readonly centrePx: number;
  /** Centre of the letters at left and right. */
  readonly middlePx: number;
  /** Lower edge of scale bar and "not for diagnosis", at the left. */
  readonly footPx: number;
}

const EDGE = 16;
const GAP = 8;
/** A letter with its shadow; letter and age words together; half of the age words' width; the foot. */
const LETTER = 28;
const TOP_HEIGHT = 72;
const HALF_AGE = 90;
const FOOT = { width: 290, height: 56 };

const meet = (a: Box, b: Box): boolean =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/** Moves a box away from every panel it meets, till it meets none. `past` says where it stands beyond a panel. */
function clear(start: Box, panels: readonly Box[], past: (box: Box, panel: Box) => Box): Box {
  let box = start;
  for (let tries = 0; tries <= panels.length; tries++) {
    const hit = panels.find((panel) => meet(box, panel));
    if (!hit) break;
    box = past(box, hit);
  }
  return box;
}

const below = (box: Box, panel: Box): Box => ({
  ...box,
  top: panel.bottom + GAP,
  bottom: panel.bottom + GAP + (box.bottom - box.top),
});
const above = (box: Box, panel: Box): Box => ({
  ...box,
  top: panel.top - GAP - (box.bottom - box.top),
  bottom: panel.top - GAP,
});
const leftOf = (box: Box, panel: Box): Box => ({
  ...box,
  left: panel.left - GAP - (box.right - box.left),
  right: panel.left - GAP,
});

/** Half way across; where a panel at the right covers that, half way across what is left of it. */
function centreOf(width: number, height: number, panels: readonly Box[]): number {
  const row = {
    left: (width - LETTER) / 2,
    right: (width + LETTER) / 2,
    top: height / 2,
    bottom: height / 2 + 1,
  };
  const over = panels.find((panel) => meet(row, panel) && panel.right - panel.left <= width / 2);
  return over ? over.left / 2 : width / 2;
}

/** `panels`: what is open over a screen of that size. */
export function clearPlaces(width: number, height: number, panels: readonly Box[]): ClearPlaces {
  const centre = centreOf(width, height, panels);
  const top = clear(
    { left: centre - HALF_AGE, right: centre + HALF_AGE, top: EDGE, bottom: EDGE + TOP_HEIGHT },
    panels,
    below,
  );
  const foot = clear(
    { left: EDGE, right: EDGE + FOOT.width, top: height - EDGE - FOOT.height, bottom: height - EDGE },
    panels,
    above,
  );
  const bottom = clear(
    {
      left: centre - LETTER / 2,
      right: centre + LETTER / 2,
      top: height - EDGE - LETTER,
      bottom: height - EDGE,
    },
    [...panels, foot],
    above,
  );
  // A sheet over the middle leaves the row above it, and above the foot, to the letters.
  const row = { left: 0, right: width, top: (height - LETTER) / 2, bottom: (height + LETTER) / 2 };
  const sheet = panels.find((panel) => meet(row, panel) && panel.right - panel.left > width / 2);
  const middlePx = sheet ? (top.top + LETTER + foot.top) / 2 : height / 2;
  const right = clear(
    {
      left: width - EDGE - LETTER,
      right: width - EDGE,
      top: middlePx - LETTER / 2,
      bottom: middlePx + LETTER / 2,
    },
    panels,
    leftOf,
  );
  // A letter that is hidden says nothing; feet above the head would say what is not so.
  const crossed = bottom.top < top.top + LETTER;
  return {
    topPx: crossed ? EDGE : top.top,
    bottomPx: crossed ? EDGE : height - bottom.bottom,
    centrePx: centre,
    rightPx: width - right.right,
    middlePx,
    footPx: height - foot.bottom,
  };
}

/** Keeps the places of `root` clear of `panels` as they open, fold and grow; returns what ends it. */
export function keepClear(root: HTMLElement, panels: readonly HTMLElement[]): () => void {
  function place(): void {
    const { left, top, width, height } = root.getBoundingClientRect();
    const open = panels
      .map((panel) => panel.getBoundingClientRect())
      .filter((box) => box.width > 0 && box.height > 0)
      .map((box) => ({
        left: box.left - left,
        right: box.right - left,
        top: box.top - top,
        bottom: box.bottom - top,
      }));
    for (const [name, px] of Object.entries(clearPlaces(width, height, open)))
      root.style.setProperty(`--clear-${name.slice(0, -2)}`, `${Math.round(px)}px`);
  }
  const observer = new ResizeObserver(place);
  for (const element of [root, ...panels]) observer.observe(element);
  place();
  return () => observer.disconnect();
}
