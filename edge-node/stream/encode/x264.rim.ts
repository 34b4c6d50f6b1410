/** libx264 by node-av (optional) behind the interface of the encode thread. */
import type { SyncEncoder } from './sync-encoder.ts';
import type { WorkerSettings } from './worker-messages.ts';

/** Options by setOption alone: handing node-av a Dictionary crashes at exit. */
const OPTIONS = {
  preset: 'superfast',
  tune: 'zerolatency',
  profile: 'baseline',
  'forced-idr': '1',
  'x264-params':
    'repeat-headers=1:scenecut=0:annexb=1:keyint=infinite:ref=1:slices=1:sliced-threads=0:aq-mode=0',
};

export async function openX264(settings: WorkerSettings): Promise<SyncEncoder> {
  const av = await import('node-av');
  const codec = av.Codec.findEncoderByName('libx264' as Parameters<typeof av.Codec.findEncoderByName>[0]);
  if (!codec) throw new Error('this build of node-av has no libx264');
  // Its words on every picture are for nobody: errors come back as results.
  av.Log.setLevel(av.AV_LOG_ERROR);
  const context = new av.CodecContext();
  context.allocContext3(codec);
  context.width = settings.width;
  context.height = settings.height;
  context.pixelFormat = av.AV_PIX_FMT_YUV420P;
  context.timeBase = new av.Rational(1, 1000);
  context.framerate = new av.Rational(settings.maxFps, 1);
  context.gopSize = -1;
  context.maxBFrames = 0;
  context.threadCount = 1;
  context.colorPrimaries = av.AVCOL_PRI_BT709;
  context.colorTrc = av.AVCOL_TRC_BT709;
  context.colorSpace = av.AVCOL_SPC_BT709;
  context.colorRange = av.AVCOL_RANGE_MPEG;
  const setBitrate = (kbps: number): void => {
    context.bitRate = BigInt(kbps * 1000);
    context.rcMaxRate = BigInt(kbps * 1000);
    // A buffer of one picture: none may be so large that it delays the next.
    context.rcBufferSize = Math.round((kbps * 1000) / settings.maxFps);
  };
  setBitrate(settings.bitrateKbps);
  for (const [name, value] of Object.entries(OPTIONS)) {
    const rc = context.setOption(name, value, av.AV_OPT_TYPE_STRING, av.AV_OPT_SEARCH_CHILDREN);
    if (rc < 0) throw new Error(`libx264 does not take ${name}=${value} (${rc})`);
  }
  const rc = context.open2Sync(codec, null);
  if (rc < 0) throw new Error(`libx264 does not open (${rc})`);
  const frame = new av.Frame();
  frame.alloc();
  frame.width = settings.width;
  frame.height = settings.height;
  frame.format = av.AV_PIX_FMT_YUV420P;
  if (frame.getBuffer(1) < 0) throw new Error('libx264: no frame could be allocated');
  const packet = new av.Packet();
  packet.alloc();
  let bitrate = settings.bitrateKbps;
  let pts = 0n;

  return {
    encode(planes, coded, { key, bitrateKbps }) {
      if (bitrateKbps !== bitrate) setBitrate((bitrate = bitrateKbps));
      frame.makeWritable();
      // node-av reads plain memory only: one copy out of the shared buffer.
      frame.fromBuffer(Buffer.from(planes));
      frame.pts = pts;
      pts += BigInt(Math.round(1000 / settings.maxFps));
      frame.pictType = key ? av.AV_PICTURE_TYPE_I : av.AV_PICTURE_TYPE_NONE;
      const sent = context.sendFrameSync(frame);
      if (sent < 0) throw new Error(`libx264 refused a picture (${sent})`);
      const received = context.receivePacketSync(packet);
      if (received < 0 || !packet.data) throw new Error(`libx264 gave no picture back (${received})`);
      const bytes = packet.data.length;
      if (bytes > coded.length)
        throw new Error(`libx264 made more of a picture than there is room for (${bytes})`);
      coded.set(packet.data);
      packet.unref();
      return bytes;
    },
    close() {
      packet.free();
      frame.free();
      context.freeContext();
    },
  };
}
