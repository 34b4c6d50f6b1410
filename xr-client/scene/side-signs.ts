/** The letters at the twin's six sides and the bar of its scale: quads of one texture, in one drawing. */
import { VertexBuffer } from '@babylonjs/core/Buffers/buffer.js';
import { DynamicTexture } from '@babylonjs/core/Materials/Textures/dynamicTexture.js';
import { Mesh } from '@babylonjs/core/Meshes/mesh.js';
import { VertexData } from '@babylonjs/core/Meshes/mesh.vertexData.js';
import type { Scene } from '@babylonjs/core/scene.js';
import type { Mat4 } from '../../shared/geometry/mat4.ts';
import { LETTERS, type Letter } from './orientation.ts';
import { fontOf, INK, plateMaterial } from './plate.ts';

export type Sign = Letter | 'bar';
const SIGNS: readonly Sign[] = [...LETTERS.map(([letter]) => letter), 'bar'];
const CELL_PX = 120;

export interface SideSigns {
  readonly mesh: Mesh;
  /**
   * From the next `commit` on each named sign fills the unit square (-0.5..0.5) of its matrix, world from sign, metres;
   * what is not named is not there.
   */
  commit(worlds: ReadonlyMap<Sign, Mat4>): void;
}

/** Corners of the unit square: right, up. Its texture's corners are the same, from 0 to 1. */
const CORNERS = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 1],
] as const;

/** World positions of the four corners of each sign, metres; all in one point for a sign that is not there. */
export function signPositions(worlds: ReadonlyMap<Sign, Mat4>, into: Float32Array): void {
  SIGNS.forEach((sign, index) => {
    const m = worlds.get(sign);
    CORNERS.forEach(([u, v], corner) => {
      for (let axis = 0; axis < 3; axis++)
        into[(index * 4 + corner) * 3 + axis] = m
          ? m[12 + axis]! + (u - 0.5) * m[axis]! + (v - 0.5) * m[4 + axis]!
          : 0;
    });
  });
}

function paint(texture: DynamicTexture): void {
  const context = texture.getContext() as CanvasRenderingContext2D;
  context.font = fontOf(84, 700);
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.lineWidth = 10;
  context.strokeStyle = 'rgba(13, 16, 20, 0.9)';
  context.fillStyle = INK.text;
  SIGNS.forEach((sign, index) => {
    const x = index * CELL_PX;
    if (sign === 'bar') return context.fillRect(x, 0, CELL_PX, CELL_PX);
    context.strokeText(sign, x + CELL_PX / 2, 64);
    context.fillText(sign, x + CELL_PX / 2, 64);
  });
  texture.update();
}

export function createSideSigns(scene: Scene): SideSigns {
  const positions = new Float32Array(SIGNS.length * 4 * 3);
  const mesh = new Mesh('side-signs', scene);
  const data = new VertexData();
  data.positions = positions;
  data.uvs = SIGNS.flatMap((sign, index) =>
    // All of the bar has the colour of its cell's middle.
    CORNERS.flatMap(([u, v]) => [(index + (sign === 'bar' ? 0.5 : u)) / SIGNS.length, v]),
  );
  data.indices = SIGNS.flatMap((_, index) => [0, 1, 2, 0, 2, 3].map((corner) => index * 4 + corner));
  data.applyToMesh(mesh, true);
  mesh.alwaysSelectAsActiveMesh = true;
  mesh.isPickable = false;
  mesh.renderingGroupId = 1;
  mesh.alphaIndex = 20;
  const size = { width: SIGNS.length * CELL_PX, height: CELL_PX };
  const texture = new DynamicTexture('side-signs', size, scene, true);
  texture.hasAlpha = true;
  texture.anisotropicFilteringLevel = 2;
  paint(texture);
  mesh.material = plateMaterial(scene, 'side-signs', texture);
  mesh.setEnabled(false);
  return {
    mesh,
    commit: (worlds) => {
      signPositions(worlds, positions);
      mesh.updateVerticesData(VertexBuffer.PositionKind, positions);
    },
  };
}
