/** The page of xr-warp.test.ts: pictures made from formulas, drawn by the client's own mesh, read back as pixels. */
import { createPictureMesh, type LiveEye } from '../../xr-client/picture/picture-mesh.ts';
import { createStage } from '../../xr-client/scene/stage.ts';
import { transformPoint, type Mat4, type Vec3 } from '../../shared/geometry/mat4.ts';
import { project, type Tangents } from '../../shared/geometry/frustum.ts';
import type { Pose } from '../../shared/protocol/channel.ts';
import {
  DEPTH_FAR_M,
  DEPTH_NEAR_M,
  GRID_CELLS,
  pictureLayout,
  type PictureLayout,
  type Rect,
} from '../../shared/protocol/picture.ts';

export interface WarpRun {
  readonly eye: 0 | 1;
  readonly size: number;
  readonly rendered: { readonly eyeFromTwin: Mat4; readonly tangents: Tangents }[];
  readonly live: { readonly eyeFromTwin: Mat4; readonly clipFromEye: Mat4 };
  /** Centres of small bright discs in twin space; none: noise in every plane instead. */
  readonly points: readonly Vec3[];
  readonly opaque: boolean;
}

export interface WarpResult {
  /** RGBA from the top row; each of these base64. */
  readonly pixels: string;
  readonly luma: string;
  readonly chromaU: string;
  readonly chromaV: string;
}

const noise = (seed: number): number => {
  let h = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
};

function fillBox(luma: Uint8Array, width: number, box: Rect, code: (cx: number, cy: number) => number): void {
  const side = box.width / GRID_CELLS;
  for (let y = 0; y < box.height; y++)
    for (let x = 0; x < box.width; x++)
      luma[(box.y + y) * width + box.x + x] = code(Math.floor(x / side), Math.floor(y / side));
}

const codeOf = (inverseDepth: number): number =>
  Math.round(1 + (254 * (inverseDepth - 1 / DEPTH_FAR_M)) / (1 / DEPTH_NEAR_M - 1 / DEPTH_FAR_M));

function paint(run: WarpRun, layout: PictureLayout): { y: Uint8Array; u: Uint8Array; v: Uint8Array } {
  const { width, height } = layout;
  const y = new Uint8Array(width * height).fill(40);
  const chroma = (width / 2) * (height / 2);
  const [u, v] = [new Uint8Array(chroma).fill(128), new Uint8Array(chroma).fill(128)];
  if (run.points.length === 0) {
    for (let i = 0; i < y.length; i++) y[i] = 16 + Math.floor(219 * noise(i));
    for (let i = 0; i < chroma; i++) {
      u[i] = 16 + Math.floor(224 * noise(i + 1e7));
      v[i] = 16 + Math.floor(224 * noise(i + 2e7));
    }
  }
  for (const eye of [0, 1] as const) {
    const { eyeFromTwin, tangents } = run.rendered[eye]!;
    const slot = layout.eyes[eye];
    const found = run.points.map((point) => {
      const inEye = transformPoint(eyeFromTwin, point);
      return { at: project(inEye, tangents, slot.width, slot.height), inverse: -1 / inEye[2] };
    });
    for (const { at } of found)
      for (let py = Math.floor(at[1]) - 5; py <= at[1] + 5; py++)
        for (let px = Math.floor(at[0]) - 5; px <= at[0] + 5; px++) {
          if (px < 0 || py < 0 || px >= slot.width || py >= slot.height) continue;
          const r = Math.hypot(px + 0.5 - at[0], py + 0.5 - at[1]);
          const glow = Math.max(0, Math.min(1, 4 - r));
          const index = (slot.y + py) * width + slot.x + px;
          y[index] = Math.max(y[index]!, 40 + Math.round(195 * glow));
        }
    fillBox(y, width, layout.depth[eye], (cx, cy) => {
      if (run.points.length === 0) return 1 + Math.floor(254 * noise(cx * 64 + cy + eye));
      const [x, z] = [((cx + 0.5) * slot.width) / GRID_CELLS, ((cy + 0.5) * slot.height) / GRID_CELLS];
      const near = found.find(({ at }) => Math.hypot(at[0] - x, at[1] - z) < 20);
      return codeOf(near ? near.inverse : 1 / 1.5);
    });
    const cover = layout.coverage[eye];
    for (let row = 0; row < cover.height; row++)
      y.fill(235, (cover.y + row) * width + cover.x, (cover.y + row) * width + cover.x + cover.width);
    const sure = layout.confidence[eye];
    for (let row = 0; row < sure.height; row++)
      y.fill(0, (sure.y + row) * width + sure.x, (sure.y + row) * width + sure.x + sure.width);
  }
  return { y, u, v };
}

function base64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 32_768)
    text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  return btoa(text);
}

async function warp(run: WarpRun): Promise<WarpResult> {
  const canvas = document.createElement('canvas');
  canvas.style.cssText = `width:${run.size}px;height:${run.size}px;display:block`;
  document.body.replaceChildren(canvas);
  const stage = createStage(canvas);
  stage.engine.setSize(run.size, run.size);
  stage.setGround([0, 0, 0], 1);
  const live: LiveEye = { eye: run.eye, ...run.live };
  const picture = createPictureMesh(stage.scene, () => live);
  picture.setOpaque(run.opaque);
  const layout = pictureLayout(run.size, run.size);
  const { y, u, v } = paint(run, layout);
  const [left, right] = run.rendered;
  const pose: Pose = {
    tick: 1,
    sampleTimeMs: 0,
    horizonMs: 0,
    mono: false,
    eyes: [left!, right!],
  };
  picture.show(
    {
      width: layout.width,
      height: layout.height,
      y,
      u,
      v,
      strideY: layout.width,
      strideU: layout.width / 2,
      strideV: layout.width / 2,
    },
    pose,
    { tick: 1, renderedWidth: run.size, renderedHeight: run.size, mono: false, converged: true },
  );
  await stage.scene.whenReadyAsync();
  const pixels = await new Promise<Uint8Array>((resolve) => {
    let frames = 0;
    stage.scene.onAfterRenderObservable.add(() => {
      if (++frames < 3) return;
      const gl = stage.engine._gl as WebGL2RenderingContext;
      const read = new Uint8Array(run.size * run.size * 4);
      gl.readPixels(0, 0, run.size, run.size, gl.RGBA, gl.UNSIGNED_BYTE, read);
      stage.engine.stopRenderLoop();
      resolve(read);
    });
    stage.engine.runRenderLoop(() => stage.scene.render());
  });
  picture.dispose();
  stage.dispose();
  const upright = new Uint8Array(pixels.length);
  const row = run.size * 4;
  for (let from = 0; from < run.size; from++)
    upright.set(pixels.subarray(from * row, (from + 1) * row), (run.size - 1 - from) * row);
  return { pixels: base64(upright), luma: base64(y), chromaU: base64(u), chromaV: base64(v) };
}

(window as unknown as { warp: typeof warp }).warp = warp;
/** The stage's own camera against the pose maths: view matrix of a look from the front. */
(window as unknown as { stageView: () => number[] }).stageView = () => {
  const canvas = document.createElement('canvas');
  document.body.replaceChildren(canvas);
  const stage = createStage(canvas);
  stage.lookFrom({ yawRad: 0.4, pitchRad: 0.3, distanceM: 1.2, target: [0.1, 0.2, -0.1] });
  const view = Array.from(stage.deskCamera.getViewMatrix(true).m);
  stage.dispose();
  return view;
};
