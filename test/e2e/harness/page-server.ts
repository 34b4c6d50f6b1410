/** One small test page, bundled from TypeScript, with a WebSocket at /signal, on a free port. */
export {
  bundlePage,
  servePage,
  type PageServer,
} from '../../../edge-node/cli/bench-stream/page-server.rim.ts';
