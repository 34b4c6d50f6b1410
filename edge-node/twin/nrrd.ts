/** A volume's head as NRRD, in LPS. Source: the NRRD format definition, version 5 (teem). */
import type { Volume } from '../../shared/volume.ts';

/**
 * The text before the raw little-endian voxels. One phase gives three axes; several give a fourth, slowest axis and
 * their times in a key of their own. Holds nothing of the patient beside the grid.
 */
export function nrrdHeader(volume: Volume, phases: Volume['phases']): string {
  const m = volume.lpsFromIndex;
  const column = (i: number): string => `(${m[4 * i]},${m[4 * i + 1]},${m[4 * i + 2]})`;
  const many = phases.length > 1;
  const times = phases.map((phase) => phase.timeMs);
  const lines = [
    'NRRD0005',
    '# Written by Anteroom. Not for diagnosis.',
    `type: ${phases[0]!.voxels instanceof Int16Array ? 'int16' : 'float'}`,
    `dimension: ${many ? 4 : 3}`,
    'space: left-posterior-superior',
    `sizes: ${volume.dims.join(' ')}${many ? ` ${phases.length}` : ''}`,
    `space directions: ${column(0)} ${column(1)} ${column(2)}${many ? ' none' : ''}`,
    `kinds: domain domain domain${many ? ' list' : ''}`,
    'space units: "mm" "mm" "mm"',
    `space origin: ${column(3)}`,
    'endian: little',
    'encoding: raw',
    `value unit:=${volume.unit}`,
    ...(volume.paddingValue === null ? [] : [`padding value:=${volume.paddingValue}`]),
    ...(times.every((t) => t !== null) && many ? [`phase times ms:=${times.join(' ')}`] : []),
    ...(volume.slicePositionsMm ? [`slice positions mm:=${volume.slicePositionsMm.join(' ')}`] : []),
    ...(volume.holes.length > 0 ? [`holes:=${volume.holes.map((h) => h.join('-')).join(' ')}`] : []),
  ];
  return `${lines.join('\n')}\n\n`;
}
