/**
 * The codecs' WebAssembly, loaded once per thread when it is first wanted. Their packages' own entry points are
 * asm.js, two to four times slower: the WASM files are named here.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);

export interface FrameInfo {
  readonly width: number;
  readonly height: number;
  readonly bitsPerSample: number;
  readonly componentCount: number;
  readonly isSigned?: boolean;
}

/** A decoder object of the cornerstone codecs. Its buffers are views of WASM memory. */
export interface WasmDecoder {
  getEncodedBuffer(length: number): Uint8Array;
  getDecodedBuffer(): Uint8Array;
  decode(): void;
  getFrameInfo(): FrameInfo;
  /** JPEG-LS: 0 is by plane. */
  getInterleaveMode?(): number;
  delete(): void;
}

export interface WasmCodec {
  open(): WasmDecoder;
  /** Bytes of its memory now; it never shrinks. */
  memory(): number;
}

type Module = Readonly<Record<string, (new () => WasmDecoder) | undefined>> & { readonly HEAPU8: Uint8Array };
type Factory = (options: {
  readonly wasmBinary: Uint8Array;
  print(text: string): void;
  printErr(text: string): void;
}) => Promise<Module>;

const FILES = {
  'jpeg-2000': ['@cornerstonejs/codec-openjpeg', 'openjpegwasm_decode', 'J2KDecoder'],
  'jpeg-ls': ['@cornerstonejs/codec-charls', 'charlswasm_decode', 'JpegLSDecoder'],
  htj2k: ['@cornerstonejs/codec-openjph', 'openjphjs', 'HTJ2KDecoder'],
  'jpeg-8bit': ['@cornerstonejs/codec-libjpeg-turbo-8bit', 'libjpegturbowasm_decode', 'JPEGDecoder'],
} as const;

export type WasmName = keyof typeof FILES;

const loaded = new Map<WasmName, Promise<WasmCodec>>();

export function loadWasm(name: WasmName): Promise<WasmCodec> {
  let codec = loaded.get(name);
  if (!codec) loaded.set(name, (codec = instantiate(name)));
  return codec;
}

/** After a trap its memory may be in any state: the next frame gets a fresh one. */
export const dropWasm = (name: WasmName): boolean => loaded.delete(name);

async function instantiate(name: WasmName): Promise<WasmCodec> {
  const [packageName, file, decoder] = FILES[name];
  const folder = path.dirname(require.resolve(packageName));
  const factory = require(path.join(folder, `${file}.js`)) as Factory;
  const module = await factory({
    wasmBinary: readFileSync(path.join(folder, `${file}.wasm`)),
    print: () => {},
    printErr: () => {},
  });
  return { open: () => new module[decoder]!(), memory: () => module.HEAPU8.byteLength };
}

/** What of dcmjs-codecs is used: JPEG of 12 bits and lossless JPEG, which the others do not read. */
export interface NativeJpeg {
  decode(attributes: Readonly<Record<string, unknown>>): Uint8Array;
}
interface Context {
  getDecodedBuffer(): Uint8Array;
}
interface DcmjsCodecs {
  readonly Context: new (attributes: Readonly<Record<string, unknown>>) => Context;
  readonly NativeCodecs: {
    initializeAsync(options: Readonly<Record<string, boolean>>): Promise<void>;
    decodeJpeg(context: Context, options: object): Context;
  };
  readonly log?: { setLevel(level: string): void };
}

let jpeg: Promise<NativeJpeg> | null = null;

export function loadJpeg(): Promise<NativeJpeg> {
  return (jpeg ??= (async () => {
    const { Context, NativeCodecs, log } = require('dcmjs-codecs') as DcmjsCodecs;
    log?.setLevel('silent');
    await NativeCodecs.initializeAsync({ logCodecsInfo: false, logCodecsTrace: false });
    return {
      decode: (attributes) => NativeCodecs.decodeJpeg(new Context(attributes), {}).getDecodedBuffer(),
    };
  })());
}

export const dropJpeg = (): void => {
  jpeg = null;
};

/** Bytes of the codecs' memories in this thread. */
export async function codecMemory(): Promise<number> {
  const codecs = await Promise.all(loaded.values());
  return codecs.reduce((sum, codec) => sum + codec.memory(), 0);
}
