/** What `serve` wires together; `edge-node/cli/serve.ts` starts it, tests start it in process. */
import type { Source } from '../ingest/types.ts';

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
  /** The slot of each eye; default 640 x 640. */
  readonly eyeSize?: readonly [number, number];
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
