/** A flat piece of page in the scene: a canvas on a plane, drawn anew only when what it says changes. */
import { Constants } from '@babylonjs/core/Engines/constants.js';
import { DynamicTexture } from '@babylonjs/core/Materials/Textures/dynamicTexture.js';
import { ShaderMaterial } from '@babylonjs/core/Materials/shaderMaterial.js';
import type { Mesh } from '@babylonjs/core/Meshes/mesh.js';
import { CreatePlane } from '@babylonjs/core/Meshes/Builders/planeBuilder.js';
import type { Scene } from '@babylonjs/core/scene.js';
import { DARK } from '../style/tokens.ts';

/** What is drawn in the scene has the dark page's colours: it stands before a dark room, or the world. */
export const INK = { ...DARK, onAmber: '#1D1405' } as const;

const VERTEX = /* glsl */ `
precision highp float;
attribute vec3 position;
attribute vec2 uv;
uniform mat4 worldViewProjection;
varying vec2 place;
void main() {
  place = uv;
  gl_Position = worldViewProjection * vec4(position, 1.0);
}`;

const FRAGMENT = /* glsl */ `
precision highp float;
varying vec2 place;
uniform sampler2D page;
void main() {
  vec4 ink = texture2D(page, place);
  if (ink.a < 0.004) discard;
  gl_FragColor = vec4(ink.rgb * ink.a, ink.a);
}`;

export interface Plate {
  readonly mesh: Mesh;
  readonly widthPx: number;
  readonly heightPx: number;
  /** Draws when `key` is another than last time; the canvas is cleared first. */
  draw(key: string, paint: (context: CanvasRenderingContext2D) => void): void;
}

/** A canvas as it is: no lights, no lighting's cost. */
export function plateMaterial(scene: Scene, name: string, texture: DynamicTexture): ShaderMaterial {
  const material = new ShaderMaterial(
    name,
    scene,
    { vertexSource: VERTEX, fragmentSource: FRAGMENT },
    {
      attributes: ['position', 'uv'],
      uniforms: ['worldViewProjection'],
      samplers: ['page'],
      needAlphaBlending: true,
    },
  );
  material.setTexture('page', texture);
  material.backFaceCulling = false;
  material.alphaMode = Constants.ALPHA_PREMULTIPLIED;
  return material;
}

/** `onTop`: drawn after everything else, hidden by nothing. */
export function createPlate(
  scene: Scene,
  widthM: number,
  heightM: number,
  pxPerM: number,
  onTop: boolean,
): Plate {
  const [widthPx, heightPx] = [Math.round(widthM * pxPerM), Math.round(heightM * pxPerM)];
  const mesh: Mesh = CreatePlane('plate', { width: widthM, height: heightM }, scene);
  mesh.isPickable = false;
  mesh.renderingGroupId = onTop ? 1 : 0;
  mesh.alphaIndex = 20;
  const texture = new DynamicTexture('plate', { width: widthPx, height: heightPx }, scene, true);
  texture.hasAlpha = true;
  texture.anisotropicFilteringLevel = 2;
  mesh.material = plateMaterial(scene, 'plate', texture);
  mesh.setEnabled(false);
  let drawn: string | null = null;
  return {
    mesh,
    widthPx,
    heightPx,
    draw: (key, paint) => {
      if (key === drawn) return;
      drawn = key;
      const context = texture.getContext() as CanvasRenderingContext2D;
      context.clearRect(0, 0, widthPx, heightPx);
      paint(context);
      texture.update();
    },
  };
}

/** Inter where it is loaded. `px` is the em; capital letters are about 0.73 of it. */
export const fontOf = (px: number, weight = 500): string =>
  `${weight} ${px}px "Inter Variable", Inter, system-ui, sans-serif`;
