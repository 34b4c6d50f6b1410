export { bakeLook, openingWindow } from './bake-look.ts';
export { clipPlaneMm, eyeOfPose, eyesOfCamera, frontCamera, IPD_MM } from './camera.ts';
export { pictureTarget, renderedSide } from './picture-target.ts';
export { prepareTwin, sideBySide } from './prepare-twin.ts';
export * from './types.ts';
