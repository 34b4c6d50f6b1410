/** A palette that is not there, or not as long as it says, cannot colour anything. PS3.3 C.7.9. */
import { numbers } from './attributes.ts';
import { DicomError } from './errors.ts';
import type { DicomJson, PixelLayout } from './types.ts';

const COLOURS = ['Red', 'Green', 'Blue'] as const;

export function checkPalette(header: DicomJson, layout: PixelLayout): void {
  if (layout.photometric !== 'PALETTE COLOR') return;
  for (const [i, colour] of COLOURS.entries()) {
    const [entries, , bits] = numbers(header, `0028110${i + 1}`);
    const table = header[`0028120${i + 1}`];
    const segmented = header[`0028122${i + 1}`];
    if (entries === undefined || (!table && !segmented))
      throw new DicomError('bad-image', `The palette has no ${colour} table.`);
    if (!table?.InlineBinary) continue;
    const count = entries === 0 ? 65536 : entries;
    const has = Buffer.byteLength(table.InlineBinary, 'base64');
    const wanted = count * (bits === 16 ? 2 : 1);
    // 8-bit entries may be stored in words of 16 bits.
    if (has < wanted)
      throw new DicomError(
        'bad-image',
        `The ${colour} table of the palette has ${has} bytes for ${count} entries.`,
      );
  }
}
