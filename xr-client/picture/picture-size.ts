/** From the decoded picture's size back to its layout: the picture alone says how it is divided. */
import { pictureLayout, type PictureLayout } from '../../shared/protocol/picture.ts';

const SMALLEST = 160;

/** Null where no layout has that size: then it is not a picture of ours. */
export function layoutOfPicture(width: number, height: number): PictureLayout | null {
  const eyeWidth = width / 2;
  if (eyeWidth % 16 || eyeWidth < SMALLEST) return null;
  const footer = pictureLayout(eyeWidth, SMALLEST).height - SMALLEST;
  const eyeHeight = height - footer;
  if (eyeHeight % 16 || eyeHeight < SMALLEST) return null;
  return pictureLayout(eyeWidth, eyeHeight);
}

/** Slots for a screen of this aspect (width / height) with about `pixels` pixels over both: sides as the layout wants. */
export function eyeSizeFor(aspect: number, pixels: number): readonly [eyeWidth: number, eyeHeight: number] {
  const clamp = (value: number): number => Math.min(1024, Math.max(SMALLEST, Math.round(value / 16) * 16));
  const height = Math.sqrt(pixels / aspect);
  return [clamp((height * aspect) / 2), clamp(height)];
}
