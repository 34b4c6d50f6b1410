/** The viewer's own hands or controllers: where they are, and a short ray where they point. */
import { StandardMaterial } from '@babylonjs/core/Materials/standardMaterial.js';
import { Color3 } from '@babylonjs/core/Maths/math.color.js';
import { Quaternion, Vector3 } from '@babylonjs/core/Maths/math.vector.js';
import { CreateCapsule } from '@babylonjs/core/Meshes/Builders/capsuleBuilder.js';
import { CreateLines } from '@babylonjs/core/Meshes/Builders/linesBuilder.js';
import { TransformNode } from '@babylonjs/core/Meshes/transformNode.js';
import type { Scene } from '@babylonjs/core/scene.js';
import type { Grip } from '../pose/placement.ts';
import type { Hand } from '../tools/hands.ts';

export interface HandShapes {
  show(hands: readonly Hand[]): void;
}

export function createHandShapes(scene: Scene): HandShapes {
  const material = new StandardMaterial('hand', scene);
  material.diffuseColor = new Color3(0.55, 0.6, 0.64);
  material.specularColor = new Color3(0.08, 0.08, 0.08);
  const shapes = [0, 1].map(() => {
    const grip = new TransformNode('own-hand', scene);
    const body = CreateCapsule('own-hand', { radius: 0.018, height: 0.11, tessellation: 12 }, scene);
    body.rotation.x = Math.PI / 2;
    body.material = material;
    body.parent = grip;
    body.isPickable = false;
    const ray = CreateLines('own-ray', { points: [Vector3.Zero(), new Vector3(0, 0, -0.35)] }, scene);
    ray.color = Color3.FromHexString('#A3AFBA');
    ray.isPickable = false;
    grip.setEnabled(false);
    ray.setEnabled(false);
    return { grip, ray };
  });
  const put = (node: TransformNode, at: Grip): void => {
    node.position.set(...at.position);
    node.rotationQuaternion ??= new Quaternion();
    node.rotationQuaternion.set(...at.rotation);
  };
  return {
    show: (hands) =>
      shapes.forEach(({ grip, ray }, index) => {
        const hand = hands[index];
        grip.setEnabled(hand !== undefined);
        ray.setEnabled(hand !== undefined);
        if (!hand) return;
        put(grip, hand.grip);
        put(ray, hand.ray);
      }),
  };
}
