/**
 * The one door to the kernels. Everything is checked here; what cannot be used is refused with an error that has a
 * `code`: NATIVE_ARGUMENT, NATIVE_BACKEND, NATIVE_LOAD or ABORTED.
 */
import { addon, runJob, type Handle } from './addon.rim.ts';
import { checkGrid, checkLook, checkMarch, checkMatrix, checkPicture, checkSize } from './check.ts';
import { demand } from './errors.ts';
import type {
  BackendInfo,
  BackendName,
  Box,
  GridSpec,
  JobOptions,
  LookSpec,
  MarchSpec,
  MarchStats,
  Matrix,
  Native,
  PictureTarget,
  PreparedGrid,
  PreparedLook,
  RgbaTarget,
} from './types.ts';

export * from './types.ts';
export { NativeError, type NativeErrorCode } from './errors.ts';

const BLACK = [0, 0, 0] as const;

const handles = new WeakMap<object, Handle>();

/** The handle behind a prepared thing; refuses what was disposed. */
function open(name: string, prepared: object): Handle {
  const handle = handles.get(prepared);
  demand(handle !== undefined, `${name} was disposed, or was not made here`);
  return handle;
}

function disposer(prepared: () => object): () => void {
  return () => {
    const handle = handles.get(prepared());
    handles.delete(prepared());
    if (handle) addon().dispose(handle);
  };
}

function cpuInfo(): BackendInfo {
  return { name: 'cpu', ...addon().cpu() };
}

/** The CPU always, CUDA where its library was built and a device answers. */
export function backends(): readonly BackendInfo[] {
  const cuda = addon().cuda();
  return [
    cpuInfo(),
    ...(cuda.here ? [{ name: 'cuda' as const, isa: cuda.name, threads: cpuInfo().threads }] : []),
  ];
}

const pairs = (holes: GridSpec['holes']): Int32Array => Int32Array.from((holes ?? []).flat());

/** Macrocells, range and histogram of a grid. Borrows the voxels: leave them alone until it is disposed. */
export async function prepareGrid(
  spec: GridSpec,
  options: JobOptions & { readonly backend?: BackendName } = {},
): Promise<PreparedGrid> {
  checkGrid('grid', spec);
  const backend = options.backend ?? 'cpu';
  demand(backend === 'cpu' || backend === 'cuda', `there is no backend '${String(backend)}'`);
  demand(
    spec.paddingValue === null || typeof spec.paddingValue === 'number',
    'grid.paddingValue must be a number or null',
  );
  for (const [first, last] of spec.holes ?? [])
    demand(
      Number.isInteger(first) && Number.isInteger(last) && first >= 0 && last >= first && last < spec.dims[2],
      `a hole from slice ${first} to ${last} in ${spec.dims[2]} slices`,
    );
  const answer = await runJob(options.signal, async (ticket) =>
    addon().prepareGrid(
      ticket,
      spec.voxels,
      Int32Array.from(spec.dims),
      Float64Array.from(spec.mmFromIndex),
      spec.paddingValue,
      pairs(spec.holes),
      backend === 'cuda',
    ),
  );
  const dispose = disposer(() => grid);
  const grid: PreparedGrid = {
    backend: backend === 'cpu' ? cpuInfo() : { ...cpuInfo(), name: 'cuda', isa: addon().cuda().name },
    valueRange: [answer.low, answer.high],
    histogram: answer.histogram,
    bytes: answer.bytes,
    dispose,
    [Symbol.dispose]: dispose,
  };
  handles.set(grid, answer.handle);
  return grid;
}

/** Integral tables of a look, and where in the grid it shows anything. */
export async function prepareLook(
  grid: PreparedGrid,
  look: LookSpec,
  options: JobOptions = {},
): Promise<PreparedLook> {
  checkLook(look);
  const handle = await runJob(options.signal, async (ticket) =>
    addon().prepareLook(
      ticket,
      open('grid', grid),
      look.table,
      Float64Array.of(
        look.mode === 'mip' ? 1 : 0,
        look.valueMin,
        look.valueMax,
        look.ambient,
        look.diffuse,
        look.specular,
        look.specularPower,
      ),
    ),
  );
  const dispose = disposer(() => prepared);
  const prepared: PreparedLook = { dispose, [Symbol.dispose]: dispose };
  handles.set(prepared, handle);
  return prepared;
}

type MarchArguments = readonly [
  grid: Handle,
  look: Handle,
  eyes: Float64Array,
  clips: Float64Array,
  options: Float64Array,
];

/** What both marches are told; `more` are the numbers of the one or the other. */
const marchArguments = (spec: MarchSpec, ...more: number[]): MarchArguments => [
  open('grid', spec.grid),
  open('look', spec.look),
  Float64Array.from(
    spec.eyes.flatMap(({ eyeFromMm, tangents: t }) => [...eyeFromMm, t.left, t.right, t.up, t.down]),
  ),
  Float64Array.from(spec.clipPlanesMm ?? []),
  Float64Array.of(spec.stepVoxels ?? 1, spec.leap === false ? 0 : 1, ...(spec.background ?? BLACK), ...more),
];

/** Marches straight into the planes of a picture: both eyes, depth, confidence, coverage. */
export async function marchPicture(
  spec: MarchSpec,
  target: PictureTarget,
  options: JobOptions = {},
): Promise<MarchStats> {
  checkMarch(spec);
  checkPicture(target, spec.eyes.length);
  const box = (b: Box): number[] => [b.x, b.y, b.width, b.height];
  const boxes = spec.eyes.flatMap((_, n) =>
    [target.eyes[n]!, target.depth[n]!, target.confidence[n]!, target.coverage[n]!].flatMap(box),
  );
  const first = target.eyes[0]!;
  return await runJob(options.signal, async (ticket) =>
    addon().marchPicture(
      ticket,
      ...marchArguments(
        spec,
        first.width,
        first.height,
        target.cells,
        target.nearM,
        target.farM,
        target.confidenceFullPerM,
        target.width,
        target.height,
      ),
      target.planes,
      Int32Array.from(boxes),
    ),
  );
}

/**
 * Marches into RGBA. Where `spec.background` is given the picture is drawn over it (alpha 255); without it colour is
 * straight and alpha is the opacity.
 */
export async function marchRgba(
  spec: MarchSpec,
  target: RgbaTarget,
  options: JobOptions = {},
): Promise<MarchStats> {
  checkMarch(spec);
  checkSize(target.width, target.height);
  const count = target.width * target.height * spec.eyes.length;
  demand(target.pixels.length >= count * 4, `pixels: ${target.pixels.length} bytes, ${count * 4} are needed`);
  for (const key of ['inverseDepth', 'inverseDepthSd', 'coverage'] as const)
    demand((target[key]?.length ?? count) >= count, `${key}: shorter than ${count} pixels`);
  return await runJob(options.signal, async (ticket) =>
    addon().marchRgba(
      ticket,
      ...marchArguments(spec, target.width, target.height, spec.background ? 1 : 0, 0, 0, 0, 0),
      target.pixels,
      target.inverseDepth ?? null,
      target.inverseDepthSd ?? null,
      target.coverage ?? null,
    ),
  );
}

export const rescale: Native['rescale'] = (stored, spec, out, outOffset) => {
  const bits = stored.BYTES_PER_ELEMENT * 8;
  demand(
    Number.isInteger(spec.bitsStored) &&
      Number.isInteger(spec.highBit) &&
      spec.bitsStored >= 1 &&
      spec.highBit + 1 >= spec.bitsStored &&
      (stored instanceof Float32Array || spec.highBit < bits),
    `rescale: ${spec.bitsStored} bits stored below bit ${spec.highBit} of ${bits}`,
  );
  demand(
    Number.isFinite(spec.slope) && Number.isFinite(spec.intercept),
    `rescale: slope ${spec.slope}, intercept ${spec.intercept}`,
  );
  demand(
    Number.isInteger(outOffset) && outOffset >= 0 && outOffset + stored.length <= out.length,
    `rescale: ${stored.length} values at ${outOffset} do not fit into ${out.length}`,
  );
  const { bitsStored, highBit, signed, slope, intercept } = spec;
  const numbers = Float64Array.of(bitsStored, highBit, signed ? 1 : 0, slope, intercept, 0, 0);
  addon().rescale(stored, numbers, out, outOffset);
  return { min: numbers[5]!, max: numbers[6]! };
};

const columnLength = (m: Matrix, c: number): number => Math.hypot(m[4 * c]!, m[4 * c + 1]!, m[4 * c + 2]!);

/**
 * Trilinear resampling onto another grid. `sourcePositionsMm`: where each source slice lies along the source's k
 * column, in mm from the origin of its `mmFromIndex`, rising; without it slices are even. A blend that would touch
 * padding takes the nearest voxel instead.
 */
export const resample: Native['resample'] = async (source, target, options = {}) => {
  checkGrid('source', source);
  checkGrid('target', target);
  checkMatrix('target.mmFromIndex', target.mmFromIndex);
  const positions = options.sourcePositionsMm;
  demand(
    positions === undefined ||
      (positions.length === source.dims[2] &&
        positions.every((p, k) => Number.isFinite(p) && (k === 0 || p > positions[k - 1]!))),
    `sourcePositionsMm must be ${source.dims[2]} rising positions`,
  );
  const step = columnLength(source.mmFromIndex, 2);
  await runJob(options.signal, async (ticket) =>
    addon().resample(
      ticket,
      source.voxels,
      Int32Array.from(source.dims),
      Float64Array.from(source.mmFromIndex),
      source.paddingValue,
      target.voxels,
      Int32Array.from(target.dims),
      Float64Array.from(target.mmFromIndex),
      options.fill ?? 0,
      positions ? positions.map((p) => p / step) : null,
    ),
  );
};

/** Throws RangeError where the machine cannot give so much. */
export const allocateVoxels: Native['allocateVoxels'] = (kind, count) =>
  kind === 'float32'
    ? new Float32Array(new SharedArrayBuffer(4 * count))
    : new Int16Array(new SharedArrayBuffer(2 * count));

/** Grids and looks that are alive in this thread. */
export const liveHandles = (): number => addon().liveHandles();
