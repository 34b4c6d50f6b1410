/** The amber rim of an old picture in a headset: a frame at the edge of each eye's view, whatever else is drawn. */
import { Constants } from '@babylonjs/core/Engines/constants.js';
import { ShaderMaterial } from '@babylonjs/core/Materials/shaderMaterial.js';
import { Mesh } from '@babylonjs/core/Meshes/mesh.js';
import { VertexData } from '@babylonjs/core/Meshes/mesh.vertexData.js';
import type { Scene } from '@babylonjs/core/scene.js';
import { AMBER } from './show-age.ts';

const VERTEX = /* glsl */ `
precision highp float;
attribute vec3 position;                  // clip space x, y, and how much of the rim
varying float strength;
void main() {
  strength = position.z;
  gl_Position = vec4(position.xy, 0.0, 1.0);
}`;

const FRAGMENT = /* glsl */ `
precision highp float;
varying float strength;
void main() {
  gl_FragColor = vec4(${AMBER.map((code) => code.toFixed(5)).join(', ')}, 1.0) * strength;
}`;

/** Squares from the middle of the view outwards, and how much of the rim each carries. */
const RINGS = [
  [0.88, 0],
  [0.96, 1],
  [1, 1],
] as const;

export function createAgeRim(scene: Scene): Mesh {
  const positions: number[] = [];
  const indices: number[] = [];
  for (const [reach, strength] of RINGS)
    for (const [x, y] of [
      [-1, -1],
      [1, -1],
      [1, 1],
      [-1, 1],
    ] as const)
      positions.push(x * reach, y * reach, strength);
  for (let ring = 0; ring + 1 < RINGS.length; ring++)
    for (let side = 0; side < 4; side++) {
      const [a, b] = [ring * 4 + side, ring * 4 + ((side + 1) % 4)];
      indices.push(a, b, a + 4, b, b + 4, a + 4);
    }
  const mesh = new Mesh('age-rim', scene);
  const data = new VertexData();
  data.positions = positions;
  data.indices = indices;
  data.applyToMesh(mesh);
  const material = new ShaderMaterial(
    'age-rim',
    scene,
    { vertexSource: VERTEX, fragmentSource: FRAGMENT },
    { attributes: ['position'], needAlphaBlending: true },
  );
  material.backFaceCulling = false;
  material.alphaMode = Constants.ALPHA_PREMULTIPLIED;
  material.depthFunction = Constants.ALWAYS;
  material.disableDepthWrite = true;
  mesh.material = material;
  mesh.alwaysSelectAsActiveMesh = true;
  mesh.isPickable = false;
  mesh.renderingGroupId = 1;
  // Words stand before it.
  mesh.alphaIndex = 10;
  mesh.setEnabled(false);
  return mesh;
}
