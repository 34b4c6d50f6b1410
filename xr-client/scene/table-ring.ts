/** The ring on the table: where the twin stands, or would stand after a tap. */
import { Color3 } from '@babylonjs/core/Maths/math.color.js';
import { Matrix } from '@babylonjs/core/Maths/math.vector.js';
import { CreateTorus } from '@babylonjs/core/Meshes/Builders/torusBuilder.js';
import { StandardMaterial } from '@babylonjs/core/Materials/standardMaterial.js';
import type { Scene } from '@babylonjs/core/scene.js';
import type { Table } from '../tools/table.ts';

export interface TableRing {
  /** `widthM`: the twin's longest side along the table, at true size. */
  show(table: Table | null, widthM: number): void;
}

/** Beyond the twin's foot, so that the anatomy does not hide it. */
const MARGIN_M = 0.03;
const AIMING = Color3.FromHexString('#4CC2B0');
const STANDING = Color3.FromHexString('#A3AFBA');

export function createTableRing(scene: Scene): TableRing {
  const ring = CreateTorus('table-ring', { diameter: 2, thickness: 0.035, tessellation: 72 }, scene);
  const paint = new StandardMaterial('table-ring', scene);
  paint.disableLighting = true;
  ring.material = paint;
  ring.isPickable = false;
  ring.setEnabled(false);
  return {
    show: (table, widthM) => {
      const point = table?.point ?? null;
      ring.setEnabled(point !== null);
      if (!table || !point) return;
      paint.emissiveColor = table.phase === 'aiming' ? AIMING : STANDING;
      const radius = (widthM * table.scale) / 2 + MARGIN_M;
      // Thin whatever its size.
      const thin = Math.min(1, 0.3 / radius) * radius;
      ring.freezeWorldMatrix(
        Matrix.FromArray([radius, 0, 0, 0, 0, thin * 0.4, 0, 0, 0, 0, radius, 0, ...point, 1]),
      );
    },
  };
}
