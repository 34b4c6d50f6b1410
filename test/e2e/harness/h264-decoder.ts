/** H.264 to pictures by FFmpeg (node-av, optional): the witness of the encoders' tests. Not used in a stream. */
export interface DecodedPicture {
  readonly width: number;
  readonly height: number;
  readonly matrix: 'bt709' | 'other';
  readonly fullRange: boolean;
  readonly luma: Uint8Array;
  /** Bytes of a row of `luma`. */
  readonly stride: number;
  /** Luma with rows of `width` bytes. */
  packedLuma(): Uint8Array;
}

export interface Decoder extends Disposable {
  /** One access unit in, its picture out. Throws where there is none. */
  decode(annexB: Uint8Array): DecodedPicture;
}

export async function openDecoder(): Promise<Decoder> {
  const av = await import('node-av');
  const codec = av.Codec.findDecoder(av.AV_CODEC_ID_H264);
  if (!codec) throw new Error('this build of node-av decodes no H.264');
  const context = new av.CodecContext();
  context.allocContext3(codec);
  context.threadCount = 1;
  context.open2Sync(codec, null);
  const packet = new av.Packet();
  packet.alloc();
  const frame = new av.Frame();
  frame.alloc();
  return {
    decode(annexB) {
      packet.data = Buffer.from(annexB);
      const sent = context.sendPacketSync(packet);
      const received = context.receiveFrameSync(frame);
      if (sent < 0 || received < 0) throw new Error(`no picture (${sent}, ${received})`);
      const { width, height } = frame;
      const stride = frame.linesize[0]!;
      const luma = new Uint8Array(frame.data![0]!);
      const picture: DecodedPicture = {
        width,
        height,
        matrix: frame.colorSpace === av.AVCOL_SPC_BT709 ? 'bt709' : 'other',
        fullRange: frame.colorRange === av.AVCOL_RANGE_JPEG,
        luma,
        stride,
        packedLuma() {
          const packed = new Uint8Array(width * height);
          for (let y = 0; y < height; y++)
            packed.set(luma.subarray(y * stride, y * stride + width), y * width);
          return packed;
        },
      };
      packet.unref();
      frame.unref();
      return picture;
    },
    [Symbol.dispose]() {
      packet.free();
      frame.free();
      context.freeContext();
    },
  };
}
