/** The clip plane's outline in the scene: a thin frame as large as the volume, with its normal. */
import { Color3 } from '@babylonjs/core/Maths/math.color.js';
import { Matrix, Vector3 } from '@babylonjs/core/Maths/math.vector.js';
import { CreateLineSystem } from '@babylonjs/core/Meshes/Builders/linesBuilder.js';
import type { Scene } from '@babylonjs/core/scene.js';
import { cross, multiply, normalize, scale, type Mat4, type Vec3 } from '../../shared/geometry/mat4.ts';
import type { ShownVolume } from '../../shared/protocol/messages.ts';
import type { ClipPlane } from '../../shared/scene/scene.ts';
import { handlePoint, longestSideM, planeInTwin, twinFromLpsOf } from '../tools/clip.ts';

export interface ClipFrame {
  show(clip: ClipPlane | null, volume: ShownVolume | null, worldFromTwin: Mat4): void;
}

export function createClipFrame(scene: Scene): ClipFrame {
  const corner = (x: number, y: number): Vector3 => new Vector3(x, y, 0);
  const lines = CreateLineSystem(
    'clip-frame',
    {
      lines: [
        [corner(-1, -1), corner(1, -1), corner(1, 1), corner(-1, 1), corner(-1, -1)],
        [new Vector3(0, 0, 0), new Vector3(0, 0, 0.25)],
      ],
    },
    scene,
  );
  lines.color = Color3.FromHexString('#4CC2B0');
  lines.isPickable = false;
  lines.alwaysSelectAsActiveMesh = true;
  lines.setEnabled(false);
  return {
    show: (clip, volume, worldFromTwin) => {
      lines.setEnabled(clip !== null && volume !== null);
      if (!clip || !volume) return;
      const plane = planeInTwin(clip, twinFromLpsOf(volume));
      const half = longestSideM(volume) * 0.55;
      const z = plane.normal;
      const x = normalize(cross(Math.abs(z[1]) < 0.9 ? [0, 1, 0] : [1, 0, 0], z));
      const y = cross(z, x);
      const [a, b, c]: readonly Vec3[] = [scale(x, half), scale(y, half), scale(z, half)];
      const at = handlePoint(plane, longestSideM(volume));
      const twinFromFrame = [...a!, 0, ...b!, 0, ...c!, 0, ...at, 1];
      lines.freezeWorldMatrix(Matrix.FromArray([...multiply(worldFromTwin, twinFromFrame)]));
    },
  };
}
