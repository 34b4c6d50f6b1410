export * from './mat4.ts';
export * from './twin-space.ts';
export * from './frustum.ts';
