/** Engine, scene and the desk's camera: right-handed, metres, y up, as WebXR has it. */
import { Engine } from '@babylonjs/core/Engines/engine.js';
import { TargetCamera } from '@babylonjs/core/Cameras/targetCamera.js';
import { HemisphericLight } from '@babylonjs/core/Lights/hemisphericLight.js';
import { Color3, Color4 } from '@babylonjs/core/Maths/math.color.js';
import { Vector3 } from '@babylonjs/core/Maths/math.vector.js';
import { Scene } from '@babylonjs/core/scene.js';
import '@babylonjs/core/Engines/Extensions/engine.rawTexture.js';
import { DESK_FOV_Y_DEG, eyeOf, type DeskView } from '../pose/desk-view.ts';

export interface Stage {
  readonly engine: Engine;
  readonly scene: Scene;
  readonly deskCamera: TargetCamera;
  /** WebGL is drawn by the processor: there is no graphics processor, or the browser may not use it. */
  readonly inSoftware: boolean;
  /** sRGB codes 0..1; alpha 0 lets the real world through. */
  setGround(color: readonly [number, number, number], alpha: number): void;
  lookFrom(view: DeskView): void;
  /** Screen pixels per drawn pixel of the page's canvas, along a side: it is made anew, and empty. */
  setDrawScale(scale: number): void;
  /** Whether the canvas is as that scale made it: an emulated session sizes it as it begins. */
  drawsAt(scale: number): boolean;
  dispose(): void;
}

/** As browsers name the programs that draw WebGL without a graphics processor. */
const SOFTWARE = /swiftshader|llvmpipe|softpipe|basic render|software/i;

export function createStage(canvas: HTMLCanvasElement): Stage {
  // No multisampling at a desk: the picture has none to gain, and a weak device has much to lose. Headsets' layers
  // bring their own.
  const engine = new Engine(canvas, false, {
    alpha: true,
    premultipliedAlpha: true,
    stencil: false,
    preserveDrawingBuffer: false,
    powerPreference: 'high-performance',
    audioEngine: false,
  });
  const inSoftware = SOFTWARE.test(engine.getGlInfo().renderer);
  const scene = new Scene(engine);
  scene.useRightHandedSystem = true;
  scene.skipPointerMovePicking = true;
  scene.detachControl();
  const deskCamera = new TargetCamera('desk', new Vector3(0, 0, 1), scene);
  deskCamera.fov = (DESK_FOV_Y_DEG * Math.PI) / 180;
  deskCamera.minZ = 0.02;
  deskCamera.maxZ = 50;
  const light = new HemisphericLight('light', new Vector3(-0.3, 1, 0.6), scene);
  light.groundColor = new Color3(0.25, 0.27, 0.3);
  let sized = { scale: 1, width: canvas.width };
  return {
    engine,
    scene,
    deskCamera,
    inSoftware,
    setGround: ([r, g, b], alpha) => {
      scene.clearColor = new Color4(r * alpha, g * alpha, b * alpha, alpha);
    },
    lookFrom: (view) => {
      const [x, y, z] = eyeOf(view);
      deskCamera.position.set(x, y, z);
      deskCamera.setTarget(new Vector3(...view.target));
    },
    setDrawScale: (scale) => {
      engine.setHardwareScalingLevel(scale);
      // The page's compositor has no graphics processor either: blending pixels costs it as much as drawing them.
      canvas.style.imageRendering = inSoftware && scale > 1 ? 'pixelated' : '';
      sized = { scale, width: canvas.width };
    },
    drawsAt: (scale) => scale === sized.scale && canvas.width === sized.width,
    dispose: () => {
      scene.dispose();
      engine.dispose();
    },
  };
}
