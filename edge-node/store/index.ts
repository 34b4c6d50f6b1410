export * from './types.ts';
export * from './audit.ts';
export { openStore } from './open-store.rim.ts';
