/** Three one-byte textures for Y, U and V and one float texture for the depth grids; made once per picture size. */
import { Constants } from '@babylonjs/core/Engines/constants.js';
import type { Engine } from '@babylonjs/core/Engines/engine.js';
import { RawTexture } from '@babylonjs/core/Materials/Textures/rawTexture.js';
import type { Scene } from '@babylonjs/core/scene.js';
import { GRID_CORNERS } from './depth-grid.ts';

/** One decoded picture as planes: bytes with their strides. */
export interface PicturePlanes {
  readonly width: number;
  readonly height: number;
  readonly y: Uint8Array;
  readonly u: Uint8Array;
  readonly v: Uint8Array;
  readonly strideY: number;
  readonly strideU: number;
  readonly strideV: number;
}

export interface PlaneTextures {
  readonly width: number;
  readonly height: number;
  readonly luma: RawTexture;
  readonly chromaU: RawTexture;
  readonly chromaV: RawTexture;
  readonly inverseDepth: RawTexture;
  upload(planes: PicturePlanes): void;
  /** Both eyes' corners, 65 x 65 each, left above right. */
  uploadDepth(corners: Float32Array): void;
  dispose(): void;
}

export function createPlaneTextures(scene: Scene, width: number, height: number): PlaneTextures {
  const engine = scene.getEngine() as Engine;
  const gl = engine._gl as WebGL2RenderingContext;
  const plane = (w: number, h: number): RawTexture => {
    const texture = new RawTexture(
      new Uint8Array(w * h),
      w,
      h,
      Constants.TEXTUREFORMAT_R,
      scene,
      false,
      false,
      Constants.TEXTURE_BILINEAR_SAMPLINGMODE,
      Constants.TEXTURETYPE_UNSIGNED_BYTE,
    );
    texture.wrapU = texture.wrapV = Constants.TEXTURE_CLAMP_ADDRESSMODE;
    return texture;
  };
  const luma = plane(width, height);
  const chromaU = plane(width / 2, height / 2);
  const chromaV = plane(width / 2, height / 2);
  const inverseDepth = new RawTexture(
    new Float32Array(GRID_CORNERS * GRID_CORNERS * 2).fill(1),
    GRID_CORNERS,
    GRID_CORNERS * 2,
    Constants.TEXTUREFORMAT_R,
    scene,
    false,
    false,
    Constants.TEXTURE_NEAREST_SAMPLINGMODE,
    Constants.TEXTURETYPE_FLOAT,
  );
  /** Into the memory the texture already has: the engine's own update would ask for it anew each time. */
  function into(
    texture: RawTexture,
    w: number,
    h: number,
    stride: number,
    type: number,
    data: Uint8Array | Float32Array,
  ): void {
    const internal = texture.getInternalTexture();
    if (!internal) return;
    engine._bindTextureDirectly(gl.TEXTURE_2D, internal, true);
    engine._unpackFlipY(false);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.pixelStorei(gl.UNPACK_ROW_LENGTH, stride);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, w, h, gl.RED, type, data);
    gl.pixelStorei(gl.UNPACK_ROW_LENGTH, 0);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 4);
    engine._bindTextureDirectly(gl.TEXTURE_2D, null, true);
  }
  return {
    width,
    height,
    luma,
    chromaU,
    chromaV,
    inverseDepth,
    upload: (planes) => {
      into(luma, width, height, planes.strideY, gl.UNSIGNED_BYTE, planes.y);
      into(chromaU, width / 2, height / 2, planes.strideU, gl.UNSIGNED_BYTE, planes.u);
      into(chromaV, width / 2, height / 2, planes.strideV, gl.UNSIGNED_BYTE, planes.v);
    },
    uploadDepth: (corners) =>
      into(inverseDepth, GRID_CORNERS, GRID_CORNERS * 2, GRID_CORNERS, gl.FLOAT, corners),
    dispose: () => [luma, chromaU, chromaV, inverseDepth].forEach((texture) => texture.dispose()),
  };
}
