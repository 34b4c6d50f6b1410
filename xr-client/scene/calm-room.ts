/** The room in VR: a dark ground with a faint grid that fades, and a soft horizon. Nothing else. */
import { ShaderMaterial } from '@babylonjs/core/Materials/shaderMaterial.js';
import { Mesh } from '@babylonjs/core/Meshes/mesh.js';
import { CreateCylinder } from '@babylonjs/core/Meshes/Builders/cylinderBuilder.js';
import { CreateGround } from '@babylonjs/core/Meshes/Builders/groundBuilder.js';
import type { Scene } from '@babylonjs/core/scene.js';

const VERTEX = /* glsl */ `
precision highp float;
attribute vec3 position;
uniform mat4 worldViewProjection;
varying vec3 at;
void main() {
  at = position;
  gl_Position = worldViewProjection * vec4(position, 1.0);
}`;

/** As far as the grid is seen, metres; beyond it the floor has the colour of the scene's own ground. */
const FLOOR_M = 4;

const FLOOR = /* glsl */ `
precision highp float;
varying vec3 at;
void main() {
  vec2 cell = at.xz * 2.0;
  vec2 line = abs(fract(cell - 0.5) - 0.5) / fwidth(cell);
  float grid = 1.0 - min(min(line.x, line.y), 1.0);
  float far = smoothstep(${FLOOR_M.toFixed(1)}, 0.8, length(at.xz));
  vec3 ground = vec3(13.0, 16.0, 20.0) / 255.0;
  gl_FragColor = vec4(ground + vec3(0.055, 0.07, 0.08) * grid * far, 1.0);
}`;

const HORIZON_VERTEX = /* glsl */ `
precision highp float;
attribute vec3 position;
uniform mat4 worldViewProjection;
varying vec3 colour;
void main() {
  // Rings at the rims and in the middle: what lies between is theirs, mixed.
  colour = (position.y == 0.0 ? vec3(22.0, 27.0, 33.0) : vec3(13.0, 16.0, 20.0)) / 255.0;
  gl_Position = worldViewProjection * vec4(position, 1.0);
}`;

const HORIZON = /* glsl */ `
precision highp float;
varying vec3 colour;
void main() {
  gl_FragColor = vec4(colour, 1.0);
}`;

export interface CalmRoom {
  setEnabled(enabled: boolean): void;
}

export function createCalmRoom(scene: Scene): CalmRoom {
  const material = (name: string, vertexSource: string, fragmentSource: string): ShaderMaterial => {
    const made = new ShaderMaterial(
      name,
      scene,
      { vertexSource, fragmentSource },
      { attributes: ['position'], uniforms: ['worldViewProjection'] },
    );
    made.backFaceCulling = false;
    return made;
  };
  const floor = CreateGround('floor', { width: 2 * FLOOR_M, height: 2 * FLOOR_M }, scene);
  floor.material = material('floor', VERTEX, FLOOR);
  // A band round the horizon; above and below it the ground's colour is the scene's own.
  const horizon = CreateCylinder(
    'horizon',
    { diameter: 30, height: 6, tessellation: 48, subdivisions: 2, cap: Mesh.NO_CAP },
    scene,
  );
  horizon.material = material('horizon', HORIZON_VERTEX, HORIZON);
  const parts = [floor, horizon];
  for (const part of parts) {
    part.isPickable = false;
    part.setEnabled(false);
  }
  return { setEnabled: (enabled) => parts.forEach((part) => part.setEnabled(enabled)) };
}
