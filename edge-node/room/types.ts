/** What `serve` wires together; `edge-node/cli/serve.ts` starts it, tests start it in process. */
import type { Source } from '../ingest/types.ts';

/** One line of the log: a word for what happened, and numbers or words of the product. Never data of a patient. */
export type LogSink = (
  level: 'info' | 'warn' | 'error',
  event: string,
  fields?: Readonly<Record<string, string | number | boolean>>,
) => void;

export interface ServiceOptions {
  readonly source: Source;
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Folder of the built client; null serves none. */
  readonly clientDir: string | null;
  readonly home: string;
  /** null: plain http, allowed on loopback only. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
  readonly backend?: 'cpu' | 'cuda';
  /** Name of the encoder, or automatic. */
  readonly encoder?: string;
  /** No viewer gets a larger slot for an eye; default: what each asks for (at most 1024 x 1024). */
  readonly eyeSize?: readonly [number, number];
  /** The host that links name, where it is not `host` (a LAN address for 0.0.0.0). */
  readonly linkHost?: string;
  /** Thumbnails of a far archive show the middle slice alone; near sources the volume. Default 'volume'. */
  readonly thumbnails?: 'volume' | 'slice';
  readonly log?: LogSink;
  /** For who develops: each whole error. It may hold identifiers, so it goes to no log. */
  readonly onError?: (error: unknown) => void;
  /** The clock, ms since 1970: tests turn it. */
  readonly now?: () => number;
}

export interface Service extends AsyncDisposable {
  /** 'http://127.0.0.1:8080' */
  readonly origin: string;
  /** The host's token: goes into the link's fragment, never into a log. */
  readonly hostToken: string;
  /** origin + '/#token=' + hostToken */
  readonly link: string;
  close(): Promise<void>;
}

/** The service could not start or go on: `message` says what was tried, what happened and what to do. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: 'port-taken' | 'bad-host' | 'tls' | 'no-home' | 'no-client';
  constructor(code: ServiceError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
