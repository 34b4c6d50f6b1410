/** The face of the kernels: numbers and buffers only. Nothing here knows DICOM, a network or a room. */

/** 16 numbers, column-major. */
export type Matrix = readonly number[];
export type BackendName = 'cpu' | 'cuda';
export type VoxelKind = 'int16' | 'float32';

export interface BackendInfo {
  readonly name: BackendName;
  /** 'avx2' | 'avx512' | 'sse42' | 'scalar' | 'neon', or the CUDA device's name. */
  readonly isa: string;
  readonly threads: number;
}

/** A voxel grid that native borrows: x fastest, over SharedArrayBuffer, never copied on the CPU backend. */
export interface GridSpec {
  readonly voxels: Int16Array | Float32Array;
  readonly dims: readonly [number, number, number];
  /** Millimetres from voxel index; centres at whole numbers. */
  readonly mmFromIndex: Matrix;
  /** This value is not tissue: never contributes to the picture. */
  readonly paddingValue: number | null;
  /** Ranges [first, last] along k where no slice exists: drawn as holes. */
  readonly holes?: readonly (readonly [number, number])[];
}

/** A grid with its macrocells, on one backend. `dispose()` in flight is legal: memory goes when the last job ends. */
export interface PreparedGrid extends Disposable {
  readonly backend: BackendInfo;
  readonly valueRange: readonly [number, number];
  /** 256 equal bins over `valueRange`. */
  readonly histogram: Float64Array;
  /** Bytes held by native (macrocells, device copies). */
  readonly bytes: number;
  dispose(): void;
}

/** How values become colour and extinction. */
export interface LookSpec {
  readonly mode: 'shaded' | 'mip';
  readonly valueMin: number;
  readonly valueMax: number;
  /** n entries over [valueMin, valueMax], each r, g, b (linear light, 0..1) and extinction per mm (MIP: alpha 0..1). */
  readonly table: Float32Array;
  readonly ambient: number;
  readonly diffuse: number;
  readonly specular: number;
  readonly specularPower: number;
}

/** Pre-integrated tables and cell occupancy for one grid and one look. */
export interface PreparedLook extends Disposable {
  dispose(): void;
}

export interface EyeSpec {
  /** Eye space (metres, looking along -z, y up) from the grid's mm; an affine map, may scale uniformly. */
  readonly eyeFromMm: Matrix;
  readonly tangents: {
    readonly left: number;
    readonly right: number;
    readonly up: number;
    readonly down: number;
  };
}

export interface MarchSpec {
  readonly grid: PreparedGrid;
  readonly look: PreparedLook;
  readonly eyes: readonly EyeSpec[];
  /** Planes in mm, four numbers each (nx, ny, nz, d): what has n.p + d < 0 is cut away. At most 6. */
  readonly clipPlanesMm?: readonly number[];
  /** Step along the ray in units of the smallest voxel edge. Default 1. */
  readonly stepVoxels?: number;
  /** Macrocell leaping off, for tests. */
  readonly leap?: boolean;
  /** Linear-light background, default black; `marchRgba` draws over it only where it is given. */
  readonly background?: readonly [number, number, number];
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * An I420 image (BT.709 limited range, planes packed: Y, U, V) with room for the grids. `eyes[i]` is the part of
 * eye i's slot to be filled by this march; the grids always cover the whole eye. Cells of the grids are
 * `depth[i].width / cells` pixels square; coverage is 8-bit opacity over its whole box.
 */
export interface PictureTarget {
  readonly planes: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly eyes: readonly Box[];
  readonly depth: readonly Box[];
  readonly confidence: readonly Box[];
  readonly coverage: readonly Box[];
  readonly cells: number;
  /** Codes: 1 + 254 (1/z - 1/far) / (1/near - 1/far); 0 where the whole eye is empty. */
  readonly nearM: number;
  readonly farM: number;
  /** Confidence code 255 sqrt(min(1, sd(1/z) / confidenceFull)). */
  readonly confidenceFullPerM: number;
}

export interface RgbaTarget {
  /** width*height*4 per eye, one after the other; sRGB, straight alpha, rows from the top. */
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** Optional per-eye mean inverse depth (1/m, 0 where empty), its standard deviation and coverage, float per pixel. */
  readonly inverseDepth?: Float32Array;
  readonly inverseDepthSd?: Float32Array;
  readonly coverage?: Float32Array;
}

export interface MarchStats {
  readonly ms: number;
  readonly rays: number;
  readonly samples: number;
}

export interface JobOptions {
  readonly signal?: AbortSignal | undefined;
}

/** What the native face exports (`native/index.ts`). */
export interface Native {
  backends(): readonly BackendInfo[];
  /** Rejects with code NATIVE_BACKEND where the backend is not there, NATIVE_ARGUMENT for a bad grid. */
  prepareGrid(
    spec: GridSpec,
    options?: JobOptions & { readonly backend?: BackendName },
  ): Promise<PreparedGrid>;
  prepareLook(grid: PreparedGrid, look: LookSpec, options?: JobOptions): Promise<PreparedLook>;
  marchPicture(spec: MarchSpec, target: PictureTarget, options?: JobOptions): Promise<MarchStats>;
  marchRgba(spec: MarchSpec, target: RgbaTarget, options?: JobOptions): Promise<MarchStats>;
  /**
   * Stored values to rescaled ones, synchronously (callers are decode workers): masks to bitsStored below highBit,
   * extends the sign, value = stored * slope + intercept, written to `out` from `outOffset`.
   * Returns the least and the greatest stored value; NaN counts for neither.
   */
  rescale(
    stored: Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array,
    spec: {
      readonly bitsStored: number;
      readonly highBit: number;
      readonly signed: boolean;
      readonly slope: number;
      readonly intercept: number;
    },
    out: Int16Array | Float32Array,
    outOffset: number,
  ): { readonly min: number; readonly max: number };
  /**
   * Trilinear resampling of `source` onto the grid of `target` (its mmFromIndex); outside is `fill`.
   * `sourcePositionsMm`: place of each source slice along the source's k column, in mm from the origin of its
   * `mmFromIndex` (uneven stacks); without it slices are even.
   */
  resample(
    source: GridSpec,
    target: {
      readonly dims: readonly [number, number, number];
      readonly mmFromIndex: Matrix;
      readonly voxels: Int16Array | Float32Array;
    },
    options?: JobOptions & { readonly fill?: number; readonly sourcePositionsMm?: Float64Array },
  ): Promise<void>;
  /** Zeros, shared by all threads. */
  allocateVoxels(kind: VoxelKind, count: number): Int16Array | Float32Array;
  /** Native objects that are alive: 0 after every test. */
  liveHandles(): number;
}
