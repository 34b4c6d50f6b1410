/** `anteroom serve`: opens the source, starts the service, prints its address, and waits to be stopped. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import pino from 'pino';
import { renderUnicodeCompact } from 'uqr';
import { backends } from '../../native/index.ts';
import { isAddress, openSource, type FlowOptions, type Source } from '../ingest/index.ts';
import {
  givenCertificate,
  isLoopback,
  lanAddresses,
  ownCertificate,
  startService,
  type Certificate,
  type LogSink,
} from '../room/index.ts';
import { chooseEncoder } from '../stream/index.ts';
import { briefListing } from './brief-listing.ts';
import { builtClient } from './built-client.rim.ts';
import { FailureError, UsageError } from './errors.ts';
import { usableHome } from './home-folder.ts';
import { openProgressLine } from './progress-line.ts';

const HELP = `anteroom serve [options]

  --source S        embedded (default), a folder of DICOM files, or the URL of a DICOMweb root
  --fhir URL        a FHIR server that says where the images are
  --token-file F    bearer token for the archive (or ANTEROOM_TOKEN, ANTEROOM_BASIC)
  --host H          address to listen on (default 127.0.0.1; another is served by https)
  --port N          port (default 8080; 0 takes a free one)
  --lan             for headsets and tablets in this network: all addresses, https, a QR code
  --tls CERT,KEY    PEM files to serve https with, instead of the node's own certificate
  --backend B       cpu or cuda (default: cpu)
  --encoder E       video encoder by name (default: the best there is; anteroom doctor lists them)
  --json            the address as one line of JSON

State and log are kept in ANTEROOM_HOME (default ~/.anteroom).`;

export interface ServeOptions {
  readonly source: string;
  readonly fhir: string | undefined;
  readonly tokenFile: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly lan: boolean;
  readonly tls: readonly [cert: string, key: string] | null;
  readonly backend: 'cpu' | 'cuda' | undefined;
  readonly encoder: string | undefined;
  readonly json: boolean;
}

/** Words into options; null where help was asked for. Throws UsageError or parseArgs' own. */
export function readServeOptions(args: readonly string[]): ServeOptions | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      source: { type: 'string', default: 'embedded' },
      fhir: { type: 'string' },
      'token-file': { type: 'string' },
      host: { type: 'string' },
      port: { type: 'string', default: '8080' },
      lan: { type: 'boolean', default: false },
      tls: { type: 'string' },
      backend: { type: 'string' },
      encoder: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return null;
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65_535)
    throw new UsageError(`--port ${values.port} is no port: a number from 0 to 65535.`);
  if (values.lan && values.host !== undefined)
    throw new UsageError('--lan listens on all addresses: leave --host out.');
  const tls = values.tls?.split(',');
  if (tls && (tls.length !== 2 || tls.some((file) => file === '')))
    throw new UsageError('--tls takes two files with a comma between them: CERT.pem,KEY.pem.');
  const { backend } = values;
  if (backend !== undefined && backend !== 'cpu' && backend !== 'cuda')
    throw new UsageError(`--backend ${backend} is not known: cpu or cuda.`);
  return {
    source: values.source,
    fhir: values.fhir,
    tokenFile: values['token-file'],
    host: values.lan ? '0.0.0.0' : (values.host ?? '127.0.0.1'),
    port,
    lan: values.lan,
    tls: tls ? [tls[0]!, tls[1]!] : null,
    backend,
    encoder: values.encoder,
    json: values.json,
  };
}

/** A backend that was asked for by name and is not here would be missed at the first picture only. */
function checkBackend(asked: ServeOptions['backend']): void {
  const known = backends().map((one) => one.name);
  if (asked === undefined || known.includes(asked)) return;
  throw new FailureError(
    'no-backend',
    `--backend ${asked} was asked for, and this machine has ${known.join(', ') || 'none'}. Leave --backend out, or see what is missing with: anteroom doctor.`,
  );
}

/** The name by which others reach a service that listens everywhere. */
function linkHostOf(options: ServeOptions): string | undefined {
  if (options.host !== '0.0.0.0' && options.host !== '::') return undefined;
  const [address] = lanAddresses();
  if (options.lan && address === undefined)
    throw new FailureError(
      'no-lan',
      'This machine has no network address that a headset could reach. Join it to the network, or leave --lan out.',
    );
  return address ?? 'localhost';
}

async function certificateFor(
  options: ServeOptions,
  home: string,
  names: readonly string[],
): Promise<Certificate | null> {
  if (options.tls) return givenCertificate(...options.tls, Date.now());
  if (isLoopback(options.host)) return null;
  return ownCertificate(home, names, Date.now());
}

/** A log without identifiers: an event's word, and numbers or words of the product. Never a link, a UID or a name. */
function openLog(home: string): { readonly file: string; readonly log: LogSink } {
  const file = path.join(home, 'logs', 'anteroom.log');
  const logger = pino({ base: null }, pino.destination({ dest: file, mkdir: true, sync: true, mode: 0o600 }));
  return { file, log: (level, event, fields = {}) => logger[level](fields, event) };
}

function trustWords(certificate: Certificate, origin: string): string[] {
  const given = certificate.file === null;
  return [
    '',
    `  https by ${given ? 'the certificate you gave' : `this node's own certificate (${certificate.file})`}`,
    `  SHA-256 ${certificate.fingerprint}`,
    ...(given
      ? []
      : [
          `  A browser will warn once. In the headset: open ${origin}, choose Advanced, then Proceed;`,
          '  compare the fingerprint if you did not make this network. To be rid of the warning, install',
          '  that file as trusted, or give one of your own: --tls CERT.pem,KEY.pem',
        ]),
  ];
}

/** How many studies there are; null for an archive, of which only the newest is read. Rejects with SourceError. */
export async function countStudies(source: Source, spec: string, flow: FlowOptions): Promise<number | null> {
  const { studies, whole } = await briefListing(source, spec, flow);
  return whole ? studies.length : null;
}

export async function run(args: readonly string[], signal: AbortSignal): Promise<void> {
  const options = readServeOptions(args);
  if (!options) return console.log(HELP);
  const home = usableHome();
  const say = (text: string): void => void (options.json || console.error(text));
  const linkHost = linkHostOf(options);
  // What a person gave is checked before anything long begins.
  const certificate = await certificateFor(options, home, linkHost ? [linkHost] : [options.host]);
  chooseEncoder(options.encoder);
  checkBackend(options.backend);
  const line = openProgressLine();
  try {
    await using source = await openSource(options.source, {
      fhir: options.fhir,
      tokenFile: options.tokenFile,
      home,
      signal,
      progress: line.progress,
    });
    const studies = await countStudies(source, options.source, { signal, progress: line.progress });
    line.clear();
    if (studies === 0)
      console.error(
        `${source.label} holds no study yet. Check that --source names the right place; what comes in later is shown.`,
      );
    const { file, log } = openLog(home);
    await using service = await startService({
      source,
      host: options.host,
      port: options.port,
      clientDir: await builtClient(say),
      home,
      tls: certificate,
      log,
      ...(process.env['ANTEROOM_DEBUG'] ? { onError: (error: unknown) => console.error(error) } : {}),
      thumbnails: isAddress(options.source) ? 'slice' : 'volume',
      ...(linkHost === undefined ? {} : { linkHost }),
      ...(options.backend ? { backend: options.backend } : {}),
      ...(options.encoder ? { encoder: options.encoder } : {}),
    });
    const { origin, link } = service;
    if (options.json) {
      const tls = certificate && { fingerprint: certificate.fingerprint, file: certificate.file };
      console.log(JSON.stringify({ origin, link, tls, log: file, studies }));
    } else {
      const lines = [
        `Anteroom serves ${source.label}${studies === null ? '' : `: ${studies} ${studies === 1 ? 'study' : 'studies'}`}.`,
        '',
        `  ${link}`,
        ...(certificate ? trustWords(certificate, origin) : []),
        ...(options.lan ? ['', renderUnicodeCompact(link)] : []),
        '',
        `  Whoever has this link sees all of it. Log: ${file}. Stop: Ctrl+C.`,
        '  Planning view, not for diagnosis. Not a medical device.',
      ];
      console.log(lines.join('\n'));
    }
    if (!signal.aborted)
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    say('Stopping ...');
  } catch (error) {
    if (signal.aborted) return;
    throw error;
  } finally {
    line.clear();
  }
}
