/** The newest picture on its mesh: every display frame it is drawn for the live eyes, whatever pose it was made for. */
import { Constants } from '@babylonjs/core/Engines/constants.js';
import { ShaderMaterial } from '@babylonjs/core/Materials/shaderMaterial.js';
import { Vector2, Vector3, Vector4, Matrix } from '@babylonjs/core/Maths/math.vector.js';
import { Mesh } from '@babylonjs/core/Meshes/mesh.js';
import { VertexData } from '@babylonjs/core/Meshes/mesh.vertexData.js';
import type { Scene } from '@babylonjs/core/scene.js';
import type { Mat4, Vec3 } from '../../shared/geometry/mat4.ts';
import type { Pose } from '../../shared/protocol/channel.ts';
import type { FrameId } from '../../shared/protocol/strip.ts';
import { GROUND_LINEAR } from '../../shared/scene/ground.ts';
import { createGridScratch, GRID_CORNERS, readDepthGrid } from './depth-grid.ts';
import { layoutOfPicture } from './picture-size.ts';
import { createPlaneTextures, type PicturePlanes, type PlaneTextures } from './plane-textures.ts';
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
  /** 0..1 of grey, and the rim's colour (sRGB codes 0..1) with its strength. */
  setAge(grey: number, rim: readonly [number, number, number, number]): void;
  dispose(): void;
}

const toCode = (light: number): number =>
  light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055;
/** The same as sRGB codes 0..1: where no picture reaches, a desk shows this, without a seam. */
export const GROUND_CODES: Vec3 = [
  toCode(GROUND_LINEAR[0]),
  toCode(GROUND_LINEAR[1]),
  toCode(GROUND_LINEAR[2]),
];

const UNIFORMS = [
  'clipFromRenderedEye',
  'tangents',
  'gridRow',
  'pictureSize',
  'slot',
  'coverageBox',
  'grey',
  'rim',
  'background',
];
const SAMPLERS = ['luma', 'chromaU', 'chromaV', 'inverseDepth'];

function gridMesh(scene: Scene): Mesh {
  const mesh = new Mesh('picture', scene);
  const data = new VertexData();
  const positions: number[] = [];
  const indices: number[] = [];
  for (let row = 0; row < GRID_CORNERS; row++)
    for (let column = 0; column < GRID_CORNERS; column++) {
      const corner = row * GRID_CORNERS + column;
      positions.push(column / (GRID_CORNERS - 1), row / (GRID_CORNERS - 1), corner);
      if (row === GRID_CORNERS - 1 || column === GRID_CORNERS - 1) continue;
      const below = corner + GRID_CORNERS;
      indices.push(corner, below, corner + 1, corner + 1, below, below + 1);
    }
  data.positions = positions;
  data.indices = indices;
  data.applyToMesh(mesh);
  mesh.alwaysSelectAsActiveMesh = true;
  mesh.isPickable = false;
  mesh.setEnabled(false);
  return mesh;
}

/** `liveEye` is asked at every draw: which eye, with which camera. */
export function createPictureMesh(scene: Scene, liveEye: () => LiveEye): PictureMesh {
  const mesh = gridMesh(scene);
  const corners = new Float32Array(GRID_CORNERS * GRID_CORNERS * 2);
  const half = GRID_CORNERS * GRID_CORNERS;
  const scratch = createGridScratch();
  const age = { grey: 0, rim: new Vector4(0, 0, 0, 0) };
  const matrix = new Matrix();
  let textures: PlaneTextures | null = null;
  let shown: { readonly pose: Pose; readonly id: FrameId; readonly eyeWidth: number } | null = null;
  let boxes: NonNullable<ReturnType<typeof layoutOfPicture>> | null = null;

  const material = (opaque: boolean): ShaderMaterial => {
    const made = new ShaderMaterial(
      opaque ? 'picture-opaque' : 'picture-over',
      scene,
      { vertexSource: WARP_VERTEX, fragmentSource: WARP_FRAGMENT },
      {
        attributes: ['position'],
        uniforms: UNIFORMS,
        samplers: SAMPLERS,
        defines: opaque ? ['#define OPAQUE'] : [],
        needAlphaBlending: !opaque,
      },
    );
    made.backFaceCulling = false;
    if (!opaque) made.alphaMode = Constants.ALPHA_PREMULTIPLIED;
    made.onBindObservable.add(() => {
      const effect = made.getEffect();
      if (!effect || !shown || !boxes || !textures) return;
      const live = liveEye();
      const eye = shown.pose.mono ? 0 : live.eye;
      const rendered = shown.pose.eyes[eye];
      Matrix.FromArrayToRef(
        [...warpMatrix(live.clipFromEye, live.eyeFromTwin, rendered.eyeFromTwin)],
        0,
        matrix,
      );
      const t = rendered.tangents;
      const box = boxes.eyes[eye];
      const cover = boxes.coverage[eye];
      effect.setMatrix('clipFromRenderedEye', matrix);
      effect.setFloat4('tangents', t.left, t.right, t.up, t.down);
      effect.setFloat('gridRow', eye * GRID_CORNERS);
      effect.setFloat2('pictureSize', textures.width, textures.height);
      effect.setFloat4('slot', box.x, box.y, shown.id.renderedWidth, shown.id.renderedHeight);
      effect.setFloat4('coverageBox', cover.x, cover.y, cover.width, cover.height);
      effect.setFloat('grey', age.grey);
      effect.setVector4('rim', age.rim);
    });
    made.setVector3('background', Vector3.FromArray([...GROUND_LINEAR]));
    made.setVector2('pictureSize', new Vector2(1, 1));
    return made;
  };
  const opaque = material(true);
  const over = material(false);
  mesh.material = opaque;

  function fit(width: number, height: number): PlaneTextures | null {
    if (textures?.width === width && textures.height === height) return textures;
    boxes = layoutOfPicture(width, height);
    textures?.dispose();
    textures = boxes && createPlaneTextures(scene, width, height);
    for (const made of [opaque, over]) {
      if (!textures) continue;
      made.setTexture('luma', textures.luma);
      made.setTexture('chromaU', textures.chromaU);
      made.setTexture('chromaV', textures.chromaV);
      made.setTexture('inverseDepth', textures.inverseDepth);
    }
    return textures;
  }

  return {
    mesh,
    show: (planes, pose, id) => {
      const target = fit(planes.width, planes.height);
      if (!target || !boxes) return;
      target.upload(planes);
      readDepthGrid(planes.y, planes.strideY, boxes, 0, corners.subarray(0, half), scratch);
      if (!pose.mono) readDepthGrid(planes.y, planes.strideY, boxes, 1, corners.subarray(half), scratch);
      target.uploadDepth(corners);
      shown = { pose, id, eyeWidth: boxes.eyeWidth };
      mesh.setEnabled(true);
    },
    clear: () => {
      shown = null;
      mesh.setEnabled(false);
    },
    setOpaque: (value) => {
      mesh.material = value ? opaque : over;
    },
    setAge: (grey, rim) => {
      age.grey = grey;
      age.rim.set(...rim);
    },
    dispose: () => {
      textures?.dispose();
      opaque.dispose();
      over.dispose();
      mesh.dispose();
    },
  };
}
