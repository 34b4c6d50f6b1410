/** Three one-byte textures for Y, U and V and one float texture for the depth grids; made once per picture size. */
import { Constants } from '@babylonjs/core/Engines/constants.js';
import type { Engine } from '@babylonjs/core/Engines/engine.js';
import { RawTexture } from '@babylonjs/core/Materials/Textures/rawTexture.js';
import type { Scene } from '@babylonjs/core/scene.js';
import type { Rect } from '../../shared/protocol/picture.ts';
import { GRID_CORNERS } from './covered-cells.ts';

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

/** A part of the picture: its place in the luma plane, px, and in the chroma planes where its colour matters. */
export interface PicturePart {
  readonly luma: Rect;
  readonly chroma: Rect | null;
}

export interface PlaneTextures {
  readonly width: number;
  readonly height: number;
  readonly luma: RawTexture;
  readonly chromaU: RawTexture;
  readonly chromaV: RawTexture;
  readonly inverseDepth: RawTexture;
  /** Takes only these parts of the picture. */
  upload(planes: PicturePlanes, parts: readonly PicturePart[]): void;
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
  function into(texture: RawTexture, upload: () => void): void {
    const internal = texture.getInternalTexture();
    if (!internal) return;
    engine._bindTextureDirectly(gl.TEXTURE_2D, internal, true);
    engine._unpackFlipY(false);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    upload();
    gl.pixelStorei(gl.UNPACK_ROW_LENGTH, 0);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 4);
    engine._bindTextureDirectly(gl.TEXTURE_2D, null, true);
  }
  /** `boxes` in pixels of this very plane. */
  function bytesInto(texture: RawTexture, data: Uint8Array, stride: number, boxes: readonly Rect[]): void {
    into(texture, () => {
      gl.pixelStorei(gl.UNPACK_ROW_LENGTH, stride);
      for (const { x, y, width: w, height: h } of boxes) {
        const from = data.subarray(y * stride + x);
        gl.texSubImage2D(gl.TEXTURE_2D, 0, x, y, w, h, gl.RED, gl.UNSIGNED_BYTE, from);
      }
    });
  }
  return {
    width,
    height,
    luma,
    chromaU,
    chromaV,
    inverseDepth,
    upload: (planes, parts) => {
      const boxes = parts.map((part) => part.luma);
      const coloured = parts.flatMap(({ chroma }) => chroma ?? []);
      bytesInto(luma, planes.y, planes.strideY, boxes);
      bytesInto(chromaU, planes.u, planes.strideU, coloured);
      bytesInto(chromaV, planes.v, planes.strideV, coloured);
    },
    uploadDepth: (corners) =>
      into(inverseDepth, () => {
        const [w, h] = [GRID_CORNERS, GRID_CORNERS * 2];
        gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, w, h, gl.RED, gl.FLOAT, corners);
      }),
    dispose: () => [luma, chromaU, chromaV, inverseDepth].forEach((texture) => texture.dispose()),
  };
}

/** Where the colour of a part lies in the chroma planes: outwards, where a side is odd. */
export function chromaOf({ x, y, width, height }: Rect): Rect {
  const [left, top] = [Math.floor(x / 2), Math.floor(y / 2)];
  return {
    x: left,
    y: top,
    width: Math.ceil((x + width) / 2) - left,
    height: Math.ceil((y + height) / 2) - top,
  };
}
