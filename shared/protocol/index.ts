export * from './picture.ts';
export * from './strip.ts';
export * from './channel.ts';
export * from './messages.ts';
export * from './studies.ts';
export * from './matching.ts';
