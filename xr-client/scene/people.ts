/** The others as head and hands: simple shapes in their colour, their name above. They are where they are in the twin. */
import { DynamicTexture } from '@babylonjs/core/Materials/Textures/dynamicTexture.js';
import { StandardMaterial } from '@babylonjs/core/Materials/standardMaterial.js';
import { Color3 } from '@babylonjs/core/Maths/math.color.js';
import { Quaternion } from '@babylonjs/core/Maths/math.vector.js';
import { Mesh } from '@babylonjs/core/Meshes/mesh.js';
import { CreateBox } from '@babylonjs/core/Meshes/Builders/boxBuilder.js';
import { CreatePlane } from '@babylonjs/core/Meshes/Builders/planeBuilder.js';
import { CreateSphere } from '@babylonjs/core/Meshes/Builders/sphereBuilder.js';
import { TransformNode } from '@babylonjs/core/Meshes/transformNode.js';
import type { Scene } from '@babylonjs/core/scene.js';
import { transformPoint, type Mat4, type Quat, type Vec3 } from '../../shared/geometry/mat4.ts';
import type { Person, Presence } from '../../shared/protocol/messages.ts';
import { multiplyQuat, quatOfMatrix } from '../pose/quaternion.ts';

export interface People {
  show(
    people: readonly Person[],
    presences: ReadonlyMap<string, Presence>,
    ownId: string | null,
    worldFromTwin: Mat4,
  ): void;
  dispose(): void;
}

interface Avatar {
  readonly name: string;
  readonly head: TransformNode;
  readonly hands: readonly TransformNode[];
  dispose(): void;
}

const HEAD_M = 0.2;
/**
 * What is nearer to one's own eye is not drawn: from inside, another's head hides the patient. Two people who open the
 * same link at a desk stand at the very same place.
 */
const NEAREST_M = 0.35;

function avatar(scene: Scene, person: Person): Avatar {
  const colour = Color3.FromHexString(person.colour);
  const material = new StandardMaterial('person', scene);
  material.diffuseColor = colour;
  material.emissiveColor = colour.scale(0.35);
  material.specularColor = new Color3(0.05, 0.05, 0.05);
  const part = (mesh: Mesh, parent: TransformNode): Mesh => {
    mesh.material = material;
    mesh.parent = parent;
    mesh.isPickable = false;
    return mesh;
  };
  const head = new TransformNode(`head of ${person.viewerId}`, scene);
  const skull = part(CreateSphere('skull', { diameter: HEAD_M, segments: 12 }, scene), head);
  skull.scaling.set(0.85, 1.1, 1);
  // A visor on the side that looks (-z): one sees where somebody looks.
  const visor = part(CreateBox('visor', { width: 0.15, height: 0.06, depth: 0.05 }, scene), head);
  visor.position.z = -0.085;
  const dark = new StandardMaterial('visor', scene);
  dark.diffuseColor = new Color3(0.06, 0.07, 0.08);
  dark.specularColor = new Color3(0.2, 0.2, 0.2);
  visor.material = dark;
  const hands = [0, 1].map((index) => {
    const hand = new TransformNode(`hand ${index} of ${person.viewerId}`, scene);
    part(CreateSphere('palm', { diameter: 0.08, segments: 8 }, scene), hand).scaling.set(0.7, 0.5, 1.1);
    return hand;
  });

  const label = CreatePlane('name', { width: 0.36, height: 0.09, sideOrientation: Mesh.DOUBLESIDE }, scene);
  label.billboardMode = Mesh.BILLBOARDMODE_ALL;
  label.isPickable = false;
  const texture = new DynamicTexture('name', { width: 512, height: 128 }, scene, true);
  texture.hasAlpha = true;
  const context = texture.getContext() as CanvasRenderingContext2D;
  context.font = '600 56px "Inter Variable", Inter, sans-serif';
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillStyle = 'rgba(23, 28, 34, 0.85)';
  context.beginPath();
  context.roundRect(8, 16, 496, 96, 24);
  context.fill();
  context.fillStyle = '#E9EEF2';
  context.fillText(person.name, 256, 66, 470);
  texture.update();
  const paint = new StandardMaterial('name', scene);
  paint.emissiveTexture = texture;
  paint.opacityTexture = texture;
  paint.disableLighting = true;
  paint.backFaceCulling = false;
  label.material = paint;
  label.alphaIndex = 10;
  return {
    name: `${person.name} ${person.colour}`,
    head,
    hands: [...hands, label],
    dispose: () => {
      for (const node of [head, ...hands, label]) node.dispose(false, true);
      material.dispose();
    },
  };
}

export function createPeople(scene: Scene): People {
  const avatars = new Map<string, Avatar>();

  function put(node: TransformNode, position: Vec3, rotation: Quat): void {
    node.position.set(...position);
    node.rotationQuaternion ??= new Quaternion();
    node.rotationQuaternion.set(...rotation);
  }

  return {
    show: (people, presences, ownId, worldFromTwin) => {
      const turn = quatOfMatrix(worldFromTwin);
      const eye = scene.activeCamera?.position;
      const apart = ([x, y, z]: Vec3): boolean =>
        !eye || Math.hypot(x - eye.x, y - eye.y, z - eye.z) > NEAREST_M;
      const here = new Set<string>();
      for (const person of people) {
        const presence = presences.get(person.viewerId);
        if (person.viewerId === ownId || !presence?.head) continue;
        here.add(person.viewerId);
        let known = avatars.get(person.viewerId);
        if (known && known.name !== `${person.name} ${person.colour}`) {
          known.dispose();
          known = undefined;
        }
        if (!known) avatars.set(person.viewerId, (known = avatar(scene, person)));
        const head = transformPoint(worldFromTwin, presence.head.position);
        put(known.head, head, multiplyQuat(turn, presence.head.rotation));
        const [left, right, label] = known.hands;
        [left, right].forEach((node, index) => {
          const hand = presence.hands[index];
          const at = hand && transformPoint(worldFromTwin, hand.position);
          node?.setEnabled(at !== undefined && apart(at));
          if (node && hand && at) put(node, at, multiplyQuat(turn, hand.rotation));
        });
        known.head.setEnabled(apart(head));
        label?.setEnabled(apart(head));
        label?.position.set(head[0], head[1] + 0.2, head[2]);
      }
      for (const [id, known] of avatars)
        if (!here.has(id)) {
          known.dispose();
          avatars.delete(id);
        }
    },
    dispose: () => {
      for (const known of avatars.values()) known.dispose();
      avatars.clear();
    },
  };
}
