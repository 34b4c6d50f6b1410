/** The self-contained build of simple-peer: the package's entry wants Node's polyfills. */
declare module 'simple-peer/simplepeer.min.js' {
  import SimplePeer = require('simple-peer');
  export default SimplePeer;
}
