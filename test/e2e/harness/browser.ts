/** Headless Chromium for e2e tests: a fresh profile each time, closed by the process that was started. */
export { CHROMIUM, launchBrowser, noBrowser } from '../../../edge-node/cli/bench-stream/browser.rim.ts';
