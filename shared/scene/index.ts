export * from './scene.ts';
export * from './presets.ts';
export * from './ground.ts';
export * from './srgb.ts';
