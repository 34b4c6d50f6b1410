/** The newest picture on its mesh: every display frame it is drawn for the live eyes, whatever pose it was made for. */
import { Constants } from '@babylonjs/core/Engines/constants.js';
import { ShaderMaterial } from '@babylonjs/core/Materials/shaderMaterial.js';
import { Matrix } from '@babylonjs/core/Maths/math.vector.js';
import { Mesh } from '@babylonjs/core/Meshes/mesh.js';
import { VertexData } from '@babylonjs/core/Meshes/mesh.vertexData.js';
import type { Scene } from '@babylonjs/core/scene.js';
import type { Mat4 } from '../../shared/geometry/mat4.ts';
import type { Pose } from '../../shared/protocol/channel.ts';
import type { FrameId } from '../../shared/protocol/strip.ts';
import type { PictureLayout, Rect } from '../../shared/protocol/picture.ts';
import { GROUND_CODES } from '../../shared/scene/ground.ts';
import { createColourPass } from './colour-pass.ts';
import { createCoveredCells, GRID_CORNERS, MOST_COARSE_INDICES, MOST_INDICES } from './covered-cells.ts';
import { createGridScratch, readDepthGrid } from './depth-grid.ts';
import { layoutOfPicture } from './picture-size.ts';
import { createKeptPlanes } from './kept-planes.ts';
import {
  chromaOf,
  createPlaneTextures,
  type PicturePart,
  type PicturePlanes,
  type PlaneTextures,
} from './plane-textures.ts';
import { warpMatrix } from './warp.ts';
import { WARP_FRAGMENT, WARP_VERTEX } from './warp-shader.ts';

/** The eye that is being drawn now. */
export interface LiveEye {
  readonly eye: 0 | 1;
  readonly clipFromEye: Mat4;
  readonly eyeFromTwin: Mat4;
}

export interface PictureMesh {
  readonly mesh: Mesh;
  /** Takes a checked picture; its planes may be reused afterwards. */
  show(planes: PicturePlanes, pose: Pose, id: FrameId): void;
  /** Forgets the picture: another volume is coming, or the room ended. */
  clear(): void;
  /** Opaque at a desk; with coverage as alpha in a headset. */
  setOpaque(opaque: boolean): void;
  /** Bent between every second corner alone: a quarter of the triangles, for who draws few pixels. */
  setCoarse(coarse: boolean): void;
  /** 0..1: how far a stale picture has lost its colour. */
  setGrey(grey: number): void;
  /** Grows whenever what is drawn for the same eye is no longer the same. */
  readonly version: number;
  dispose(): void;
}

const UNIFORMS = ['clipFromRenderedEye', 'tangents', 'gridRow', 'slot', 'within', 'grey'];

/** Corners of the grid; room for the triangles of every cell, and none drawn yet. */
function gridMesh(scene: Scene): Mesh {
  const mesh = new Mesh('picture', scene);
  const data = new VertexData();
  const positions: number[] = [];
  for (let row = 0; row < GRID_CORNERS; row++)
    for (let column = 0; column < GRID_CORNERS; column++)
      positions.push(column / (GRID_CORNERS - 1), row / (GRID_CORNERS - 1), row * GRID_CORNERS + column);
  data.positions = positions;
  data.indices = new Uint16Array(MOST_INDICES + MOST_COARSE_INDICES);
  data.applyToMesh(mesh, true);
  mesh.alwaysSelectAsActiveMesh = true;
  mesh.isPickable = false;
  // A part of the triangles has no bounds of its own; what is sorted by distance must have some.
  mesh.subMeshes[0]!.setBoundingInfo(mesh.getBoundingInfo());
  mesh.setEnabled(false);
  return mesh;
}

/** `liveEye` is asked at every draw: which eye, with which camera. */
export function createPictureMesh(scene: Scene, liveEye: () => LiveEye): PictureMesh {
  const engine = scene.getEngine();
  const mesh = gridMesh(scene);
  const indexBuffer = mesh.geometry!.getIndexBuffer()!;
  const pass = createColourPass(scene, mesh.getVertexBuffer('position')!, GROUND_CODES);
  const corners = new Float32Array(GRID_CORNERS * GRID_CORNERS * 2);
  const half = GRID_CORNERS * GRID_CORNERS;
  const scratch = createGridScratch();
  const cells = createCoveredCells();
  const kept = createKeptPlanes();
  const indices = new Uint16Array(MOST_INDICES + MOST_COARSE_INDICES);
  const matrix = new Matrix();
  let textures: PlaneTextures | null = null;
  let shown: { readonly pose: Pose; readonly id: FrameId; readonly layout: PictureLayout } | null = null;
  let painted = false;
  let isOpaque = true;
  let isCoarse = false;
  let grey = 0;
  let version = 0;

  const material = (forDesk: boolean): ShaderMaterial => {
    const made = new ShaderMaterial(
      forDesk ? 'picture-opaque' : 'picture-over',
      scene,
      { vertexSource: WARP_VERTEX, fragmentSource: WARP_FRAGMENT },
      {
        attributes: ['position'],
        uniforms: UNIFORMS,
        samplers: ['colour', 'inverseDepth'],
        defines: forDesk ? ['#define OPAQUE'] : [],
        needAlphaBlending: !forDesk,
      },
    );
    made.backFaceCulling = false;
    if (!forDesk) made.alphaMode = Constants.ALPHA_PREMULTIPLIED;
    made.onBindObservable.add(() => {
      const effect = made.getEffect();
      if (!effect || !shown || !textures) return;
      const live = liveEye();
      const eye = shown.pose.mono ? 0 : live.eye;
      const rendered = shown.pose.eyes[eye];
      const warp = warpMatrix(live.clipFromEye, live.eyeFromTwin, rendered.eyeFromTwin);
      Matrix.FromArrayToRef(warp, 0, matrix);
      const t = rendered.tangents;
      const { x, y, width, height } = renderedPart(shown, eye);
      const { width: w, eyeHeight: h } = shown.layout;
      effect.setMatrix('clipFromRenderedEye', matrix);
      effect.setFloat4('tangents', t.left, t.right, t.up, t.down);
      effect.setFloat('gridRow', eye * GRID_CORNERS);
      effect.setFloat4('slot', x / w, y / h, width / w, height / h);
      effect.setFloat4('within', (x + 0.5) / w, (y + 0.5) / h, (x + width - 0.5) / w, (y + height - 0.5) / h);
      effect.setFloat('grey', grey);
      effect.setTexture('colour', pass.colour);
      effect.setTexture('inverseDepth', textures.inverseDepth);
    });
    return made;
  };
  const opaque = material(true);
  const over = material(false);
  mesh.material = opaque;

  function fit(layout: PictureLayout): PlaneTextures {
    if (textures?.width === layout.width && textures.height === layout.height) return textures;
    textures?.dispose();
    textures = createPlaneTextures(scene, layout.width, layout.height);
    return textures;
  }

  function pickTriangles(): void {
    const { triangles, coarse } = cells;
    const part = mesh.subMeshes[0]!;
    part.indexStart = isCoarse ? triangles.length : 0;
    part.indexCount = isCoarse ? coarse.length : triangles.length;
  }

  /** At the beginning of a display frame: a picture that is replaced before it is drawn costs no pass. */
  function paint(): void {
    if (painted || !shown || !textures) return;
    const { layout, pose } = shown;
    const eyes = pose.mono ? ([0] as const) : ([0, 1] as const);
    painted = pass.paint({
      planes: textures,
      width: layout.width,
      height: layout.eyeHeight,
      eyes: eyes.map((eye) => ({ slot: renderedPart(shown!, eye), coverage: layout.coverage[eye] })),
      seeThrough: !isOpaque,
    });
    mesh.setEnabled(painted && cells.triangles.length > 0);
  }
  const painter = scene.onBeforeRenderObservable.add(paint);

  return {
    mesh,
    get version() {
      return version;
    },
    show: (planes, pose, id) => {
      const layout = layoutOfPicture(planes.width, planes.height);
      if (!layout) return;
      const before = shown;
      shown = { pose, id, layout };
      const eyes = pose.mono ? ([0] as const) : ([0, 1] as const);
      const coverage = eyes.map((eye) => layout.coverage[eye]);
      const read = eyes.flatMap((eye) => [layout.depth[eye], layout.confidence[eye]]);
      const slots = eyes.map((eye) => renderedPart({ layout, id }, eye));
      const coloured = slots.map((luma) => ({ luma, chroma: chromaOf(luma) }));
      const bare = (luma: Rect): PicturePart => ({ luma, chroma: null });
      const uploaded = [...coloured, ...coverage.map(bare)];
      const same = kept.isSame(planes, [...uploaded, ...read.map(bare)]) && before !== null;
      if (!same || !sameEyes(before.pose, pose)) version++;
      if (same) return;
      const target = fit(layout);
      target.upload(planes, uploaded);
      if (cells.read(planes.y, planes.strideY, coverage)) {
        // Both lists in one buffer, the finer first.
        indices.set(cells.triangles);
        indices.set(cells.coarse, cells.triangles.length);
        const used = cells.triangles.length + cells.coarse.length;
        engine.updateDynamicIndexBuffer(indexBuffer, indices.subarray(0, used));
        pickTriangles();
        pass.setCells(cells.spans);
      }
      for (const eye of eyes)
        readDepthGrid(
          planes.y,
          planes.strideY,
          layout,
          eye,
          cells.corners,
          corners.subarray(eye * half),
          scratch,
        );
      target.uploadDepth(corners);
      painted = false;
    },
    clear: () => {
      shown = null;
      version++;
      mesh.setEnabled(false);
    },
    setOpaque: (value) => {
      mesh.material = value ? opaque : over;
      if (isOpaque === value) return;
      isOpaque = value;
      painted = false;
      version++;
    },
    setCoarse: (value) => {
      if (isCoarse === value) return;
      isCoarse = value;
      version++;
      pickTriangles();
    },
    setGrey: (value) => {
      if (grey !== value) version++;
      grey = value;
    },
    dispose: () => {
      scene.onBeforeRenderObservable.remove(painter);
      textures?.dispose();
      pass.dispose();
      opaque.dispose();
      over.dispose();
      mesh.dispose();
    },
  };
}

const sameEyes = (a: Pose, b: Pose): boolean =>
  a.eyes.every((eye, index) => {
    const other = b.eyes[index]!;
    const [t, o] = [eye.tangents, other.tangents];
    const sides = t.left === o.left && t.right === o.right && t.up === o.up && t.down === o.down;
    return sides && eye.eyeFromTwin.every((value, at) => value === other.eyeFromTwin[at]);
  });

/** What the node filled of an eye's slot, px. */
function renderedPart({ layout, id }: { layout: PictureLayout; id: FrameId }, eye: 0 | 1): Rect {
  const { x, y } = layout.eyes[eye];
  return { x, y, width: id.renderedWidth, height: id.renderedHeight };
}
