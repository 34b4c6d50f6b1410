/** Hands and controllers of a WebXR frame as plain data. */
import type { Grip } from '../pose/placement.ts';
import type { Hand, Side } from '../tools/hands.ts';

const gripOf = (transform: XRRigidTransform): Grip => {
  const { position: p, orientation: q } = transform;
  return { position: [p.x, p.y, p.z], rotation: [q.x, q.y, q.z, q.w] };
};

const PINCH_M = 0.02;
/** Finger tips this near to the wrist make a fist. */
const FIST_M = 0.085;

export function readHands(frame: XRFrame, session: XRSession, space: XRReferenceSpace): Hand[] {
  const hands: Hand[] = [];
  for (const source of session.inputSources) {
    if (source.handedness === 'none') continue;
    const hand = source.hand ? trackedHand(frame, source, space) : controller(frame, source, space);
    if (hand && !hands.some((known) => known.side === hand.side)) hands.push(hand);
  }
  return hands;
}

function controller(frame: XRFrame, source: XRInputSource, space: XRReferenceSpace): Hand | null {
  const grip = source.gripSpace && frame.getPose(source.gripSpace, space);
  const ray = frame.getPose(source.targetRaySpace, space);
  if (!grip || !ray) return null;
  const pressed = (index: number): boolean => source.gamepad?.buttons[index]?.pressed ?? false;
  return {
    side: source.handedness as Side,
    grip: gripOf(grip.transform),
    ray: gripOf(ray.transform),
    use: pressed(0),
    grab: pressed(1),
    menu: pressed(4),
    back: pressed(5),
  };
}

function trackedHand(frame: XRFrame, source: XRInputSource, space: XRReferenceSpace): Hand | null {
  const joint = (name: XRHandJoint): Grip | null => {
    const of = source.hand?.get(name);
    const pose = of && frame.getJointPose?.(of, space);
    return pose ? gripOf(pose.transform) : null;
  };
  const wrist = joint('wrist');
  const thumb = joint('thumb-tip');
  const index = joint('index-finger-tip');
  const middle = joint('middle-finger-tip');
  const ring = joint('ring-finger-tip');
  if (!wrist || !thumb || !index || !middle || !ring) return null;
  const apart = (a: Grip, b: Grip): number =>
    Math.hypot(...a.position.map((value, axis) => value - b.position[axis]!));
  const ray = frame.getPose(source.targetRaySpace, space);
  const fist = apart(middle, wrist) < FIST_M && apart(ring, wrist) < FIST_M;
  return {
    side: source.handedness as Side,
    grip: wrist,
    ray: ray ? gripOf(ray.transform) : wrist,
    use: !fist && apart(thumb, index) < PINCH_M,
    grab: fist,
    menu: false,
    back: false,
  };
}
