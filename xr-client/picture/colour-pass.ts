/** The colour pass: planes and coverage into one texture of codes with alpha, once per picture, drawn cells alone. */
import type { VertexBuffer } from '@babylonjs/core/Buffers/buffer.js';
import { Constants } from '@babylonjs/core/Engines/constants.js';
import type { Engine } from '@babylonjs/core/Engines/engine.js';
import type { RenderTargetWrapper } from '@babylonjs/core/Engines/renderTargetWrapper.js';
import type { Effect } from '@babylonjs/core/Materials/effect.js';
import { ThinTexture } from '@babylonjs/core/Materials/Textures/thinTexture.js';
import { Color4 } from '@babylonjs/core/Maths/math.color.js';
import type { Scene } from '@babylonjs/core/scene.js';
import type { Rect } from '../../shared/protocol/picture.ts';
import { GROUND_LINEAR } from '../../shared/scene/ground.ts';
import { MOST_SPAN_INDICES } from './covered-cells.ts';
import type { PlaneTextures } from './plane-textures.ts';
import { COLOUR_FRAGMENT, COLOUR_VERTEX } from './warp-shader.ts';

export interface ColourEye {
  /** The rendered part and its coverage, px of the picture. */
  readonly slot: Rect;
  readonly coverage: Rect;
}

export interface ColourPass {
  /** The cells that are painted from now on, as triangles between corners. */
  setCells(spans: Uint16Array): void;
  /** Null before the first `paint` of that size. */
  readonly colour: ThinTexture | null;
  /** False while the program is not ready: nothing was painted then, and what is in the texture is another picture. */
  paint(picture: {
    readonly planes: PlaneTextures;
    /** Size of what is painted: the eyes' slots, without what lies below them. */
    readonly width: number;
    readonly height: number;
    readonly eyes: readonly ColourEye[];
    readonly seeThrough: boolean;
  }): boolean;
  dispose(): void;
}

/** `positions`: the grid's corners. `ground`: sRGB codes of what surrounds the anatomy at a desk, where no cell is drawn. */
export function createColourPass(
  scene: Scene,
  positions: VertexBuffer,
  ground: readonly [number, number, number],
): ColourPass {
  const engine = scene.getEngine() as Engine;
  const program = (defines: string): Effect => {
    const effect = engine.createEffect(
      { vertexSource: COLOUR_VERTEX, fragmentSource: COLOUR_FRAGMENT },
      ['position'],
      ['slot', 'targetSize', 'pictureSize', 'coverageBox', 'background'],
      ['luma', 'chromaU', 'chromaV'],
      defines,
    );
    scene.addPendingData(effect);
    effect.executeWhenCompiled(() => scene.removePendingData(effect));
    return effect;
  };
  const opaque = program('');
  const clear = program('#define SEE_THROUGH');
  const nothing = new Color4(0, 0, 0, 0);
  const groundAlone = new Color4(...ground, 0);
  const indices = engine.createIndexBuffer(new Uint16Array(MOST_SPAN_INDICES), true);
  let count = 0;
  let target: RenderTargetWrapper | null = null;
  let colour: ThinTexture | null = null;

  function fit(width: number, height: number): RenderTargetWrapper {
    if (target?.width === width && target.height === height) return target;
    target?.dispose();
    target = engine.createRenderTargetTexture(
      { width, height },
      {
        generateDepthBuffer: false,
        generateMipMaps: false,
        samplingMode: Constants.TEXTURE_BILINEAR_SAMPLINGMODE,
        type: Constants.TEXTURETYPE_UNSIGNED_BYTE,
        format: Constants.TEXTUREFORMAT_RGBA,
      },
    );
    colour = new ThinTexture(target.texture);
    colour.wrapU = colour.wrapV = Constants.TEXTURE_CLAMP_ADDRESSMODE;
    return target;
  }

  return {
    get colour() {
      return colour;
    },
    setCells: (spans) => {
      engine.updateDynamicIndexBuffer(indices, spans);
      count = spans.length;
    },
    paint: ({ planes, width, height, eyes, seeThrough }) => {
      const effect = seeThrough ? clear : opaque;
      if (!effect.isReady()) return false;
      const into = fit(width, height);
      const { depthTest } = engine.depthCullingState;
      engine.bindFramebuffer(into, 0, undefined, undefined, true);
      // What no slot reaches is never looked at.
      const [right, bottom] = [0, 1].map((axis) =>
        Math.max(...eyes.map(({ slot }) => (axis ? slot.y + slot.height : slot.x + slot.width))),
      );
      engine.enableScissor(0, 0, right!, bottom!);
      engine.clear(seeThrough ? nothing : groundAlone, true, false, false);
      engine.disableScissor();
      engine.enableEffect(effect);
      engine.setState(false);
      engine.depthCullingState.depthTest = false;
      engine.setAlphaMode(Constants.ALPHA_DISABLE);
      engine.bindBuffers({ position: positions }, indices, effect);
      effect.setTexture('luma', planes.luma);
      effect.setTexture('chromaU', planes.chromaU);
      effect.setTexture('chromaV', planes.chromaV);
      effect.setFloat2('pictureSize', planes.width, planes.height);
      effect.setFloat2('targetSize', width, height);
      effect.setFloat3('background', ...(seeThrough ? GROUND_LINEAR : ground));
      for (const { slot, coverage } of eyes) {
        effect.setFloat4('slot', slot.x, slot.y, slot.width, slot.height);
        effect.setFloat4('coverageBox', coverage.x, coverage.y, coverage.width, coverage.height);
        engine.drawElementsType(Constants.MATERIAL_TriangleFillMode, 0, count);
      }
      engine.unBindFramebuffer(into, true);
      engine.depthCullingState.depthTest = depthTest;
      return true;
    },
    dispose: () => {
      target?.dispose();
      engine._releaseBuffer(indices);
      opaque.dispose();
      clear.dispose();
    },
  };
}
