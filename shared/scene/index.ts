export * from './scene.ts';
export * from './presets.ts';
