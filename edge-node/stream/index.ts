/** One viewer's stream: poses in, coded pictures out. */
export { chooseEncoder, listEncoders, type ListedEncoder } from './encode/choose-encoder.rim.ts';
export { EncoderError } from './encode/worker-encoder.rim.ts';
export { openViewerStream } from './open-viewer-stream.rim.ts';
export type { FrameRecord } from './viewer-words.ts';
export type * from './types.ts';
