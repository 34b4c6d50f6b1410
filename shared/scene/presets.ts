/**
 * Looks by name. Colours are sRGB 0..1 as a person picks them; opacity is alpha per millimetre of way through
 * the tissue. Values are in the volume's unit (HU for CT). `render` bakes them into linear-light tables.
 */
export type PresetName = 'ct-bone' | 'ct-vessel' | 'ct-soft' | 'ct-lung' | 'ct-skin' | 'mr' | 'pet' | 'mip';

export type ColorPoint = readonly [value: number, r: number, g: number, b: number];
export type OpacityPoint = readonly [value: number, alphaPerMm: number];

export interface Preset {
  readonly name: PresetName;
  readonly label: string;
  readonly modalities: readonly string[];
  readonly mode: 'shaded' | 'mip';
  /** The window that the points below are written for; another window stretches them. */
  readonly window: { readonly center: number; readonly width: number };
  readonly color: readonly ColorPoint[];
  readonly opacity: readonly OpacityPoint[];
  readonly shading: {
    readonly ambient: number;
    readonly diffuse: number;
    readonly specular: number;
    readonly specularPower: number;
  };
}

const soft = { ambient: 0.3, diffuse: 0.75, specular: 0.12, specularPower: 16 };

export const PRESETS: readonly Preset[] = [
  {
    name: 'ct-bone',
    label: 'Bone',
    modalities: ['CT'],
    mode: 'shaded',
    window: { center: 500, width: 1600 },
    color: [
      [-1000, 0.4, 0.2, 0.16],
      [130, 0.62, 0.24, 0.19],
      [260, 0.78, 0.52, 0.4],
      [400, 0.93, 0.86, 0.74],
      [1000, 0.98, 0.96, 0.9],
    ],
    opacity: [
      [-1000, 0],
      [150, 0],
      [220, 0.15],
      [400, 0.5],
      [1000, 0.9],
    ],
    shading: { ambient: 0.25, diffuse: 0.75, specular: 0.2, specularPower: 24 },
  },
  {
    name: 'ct-vessel',
    label: 'Vessels',
    modalities: ['CT'],
    mode: 'shaded',
    window: { center: 250, width: 700 },
    color: [
      [-1000, 0.5, 0.1, 0.1],
      [120, 0.55, 0.13, 0.12],
      [300, 0.72, 0.16, 0.14],
      [480, 0.85, 0.45, 0.34],
      [700, 0.94, 0.88, 0.78],
      [1200, 0.98, 0.96, 0.9],
    ],
    opacity: [
      [-1000, 0],
      [140, 0],
      [200, 0.08],
      [300, 0.5],
      [600, 0.35],
      [1200, 0.6],
    ],
    shading: soft,
  },
  {
    name: 'ct-soft',
    label: 'Soft tissue',
    modalities: ['CT'],
    mode: 'shaded',
    window: { center: 60, width: 400 },
    color: [
      [-1000, 0.45, 0.42, 0.44],
      [-100, 0.84, 0.72, 0.5],
      [20, 0.72, 0.42, 0.34],
      [80, 0.66, 0.32, 0.27],
      [220, 0.78, 0.3, 0.24],
      [400, 0.94, 0.87, 0.76],
    ],
    opacity: [
      [-1000, 0],
      [-20, 0],
      [30, 0.02],
      [90, 0.06],
      [200, 0.25],
      [500, 0.6],
    ],
    shading: soft,
  },
  {
    name: 'ct-lung',
    label: 'Lungs',
    modalities: ['CT'],
    mode: 'shaded',
    window: { center: -600, width: 1500 },
    color: [
      [-1000, 0.45, 0.47, 0.52],
      [-850, 0.62, 0.58, 0.6],
      [-650, 0.76, 0.62, 0.6],
      [-300, 0.82, 0.5, 0.46],
      [100, 0.86, 0.74, 0.62],
      [500, 0.95, 0.9, 0.8],
    ],
    opacity: [
      [-1000, 0],
      [-960, 0],
      [-900, 0.004],
      [-760, 0.012],
      [-600, 0.05],
      [-450, 0.09],
      [-300, 0],
      [260, 0],
      [700, 0.05],
    ],
    shading: soft,
  },
  {
    name: 'ct-skin',
    label: 'Skin',
    modalities: ['CT'],
    mode: 'shaded',
    window: { center: -150, width: 800 },
    color: [
      [-1000, 0.72, 0.52, 0.42],
      [-400, 0.8, 0.6, 0.49],
      [-100, 0.86, 0.67, 0.55],
      [200, 0.9, 0.75, 0.64],
      [600, 0.96, 0.92, 0.84],
    ],
    opacity: [
      [-1000, 0],
      [-500, 0],
      [-300, 0.25],
      [-150, 0.6],
      [600, 0.9],
    ],
    shading: { ambient: 0.3, diffuse: 0.7, specular: 0.08, specularPower: 12 },
  },
  {
    name: 'mr',
    label: 'MR',
    modalities: ['MR'],
    mode: 'shaded',
    window: { center: 500, width: 1000 },
    color: [
      [0, 0.1, 0.1, 0.12],
      [250, 0.45, 0.4, 0.4],
      [500, 0.74, 0.6, 0.54],
      [1000, 0.96, 0.92, 0.86],
    ],
    opacity: [
      [0, 0],
      [180, 0],
      [350, 0.02],
      [600, 0.12],
      [1000, 0.4],
    ],
    shading: soft,
  },
  {
    name: 'pet',
    label: 'PET',
    modalities: ['PT'],
    mode: 'shaded',
    window: { center: 10_000, width: 20_000 },
    color: [
      [0, 0.02, 0.02, 0.1],
      [4000, 0.34, 0.07, 0.42],
      [9000, 0.74, 0.22, 0.33],
      [14000, 0.97, 0.52, 0.15],
      [20000, 0.99, 0.98, 0.72],
    ],
    opacity: [
      [0, 0],
      [2000, 0],
      [6000, 0.03],
      [12000, 0.2],
      [20000, 0.5],
    ],
    shading: { ambient: 0.9, diffuse: 0.1, specular: 0, specularPower: 1 },
  },
  {
    name: 'mip',
    label: 'Maximum intensity',
    modalities: ['CT', 'MR', 'PT'],
    mode: 'mip',
    window: { center: 300, width: 1000 },
    color: [
      [-200, 0.02, 0.02, 0.03],
      [800, 1, 1, 1],
    ],
    opacity: [
      [-200, 0],
      [800, 1],
    ],
    shading: { ambient: 1, diffuse: 0, specular: 0, specularPower: 1 },
  },
];

export function presetByName(name: string): Preset | undefined {
  return PRESETS.find((preset) => preset.name === name);
}

/** The look a modality opens with: vessels would hide in bone, so contrast CT starts with bone and vessel alike. */
export function defaultPreset(modality: string): PresetName {
  if (modality === 'CT') return 'ct-bone';
  if (modality === 'PT') return 'pet';
  if (modality === 'MR') return 'mr';
  return 'mip';
}
