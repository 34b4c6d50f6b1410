/** The room in VR: a dark ground with a faint grid that fades, and a soft horizon. Nothing else. */
import { ShaderMaterial } from '@babylonjs/core/Materials/shaderMaterial.js';
import { Mesh } from '@babylonjs/core/Meshes/mesh.js';
import { CreateSphere } from '@babylonjs/core/Meshes/Builders/sphereBuilder.js';
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

const FLOOR = /* glsl */ `
precision highp float;
varying vec3 at;
void main() {
  vec2 cell = at.xz * 2.0;
  vec2 line = abs(fract(cell - 0.5) - 0.5) / fwidth(cell);
  float grid = 1.0 - min(min(line.x, line.y), 1.0);
  float far = smoothstep(4.0, 0.8, length(at.xz));
  vec3 ground = vec3(13.0, 16.0, 20.0) / 255.0;
  gl_FragColor = vec4(ground + vec3(0.055, 0.07, 0.08) * grid * far, 1.0);
}`;

const SKY = /* glsl */ `
precision highp float;
varying vec3 at;
void main() {
  float up = normalize(at).y;
  vec3 ground = vec3(13.0, 16.0, 20.0) / 255.0;
  vec3 glow = vec3(22.0, 27.0, 33.0) / 255.0;
  float dither = fract(sin(dot(gl_FragCoord.xy, vec2(12.9898, 78.233))) * 43758.5453) / 255.0;
  gl_FragColor = vec4(mix(glow, ground, smoothstep(0.0, 0.35, abs(up))) + dither, 1.0);
}`;

export interface CalmRoom {
  setEnabled(enabled: boolean): void;
}

export function createCalmRoom(scene: Scene): CalmRoom {
  const material = (name: string, fragmentSource: string): ShaderMaterial => {
    const made = new ShaderMaterial(
      name,
      scene,
      { vertexSource: VERTEX, fragmentSource },
      { attributes: ['position'], uniforms: ['worldViewProjection'] },
    );
    made.backFaceCulling = false;
    return made;
  };
  const floor = CreateGround('floor', { width: 10, height: 10 }, scene);
  floor.material = material('floor', FLOOR);
  const sky = CreateSphere('sky', { diameter: 40, segments: 16, sideOrientation: Mesh.DOUBLESIDE }, scene);
  sky.material = material('sky', SKY);
  const parts = [floor, sky];
  for (const part of parts) {
    part.isPickable = false;
    part.setEnabled(false);
  }
  return { setEnabled: (enabled) => parts.forEach((part) => part.setEnabled(enabled)) };
}
