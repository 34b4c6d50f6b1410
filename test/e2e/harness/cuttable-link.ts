/** A network that can be cut: a TCP proxy whose connections end at once, and which takes no new ones till it is mended. */
import net from 'node:net';

export interface CuttableLink extends AsyncDisposable {
  readonly origin: string;
  /** Ends every connection without a word, and each new one. */
  cut(): void;
  mend(): void;
  /** Connections that were refused while cut. */
  readonly refused: number;
}

/** In front of `origin`, an http address on this machine. */
export async function openCuttableLink(origin: string): Promise<CuttableLink> {
  const { port, hostname } = new URL(origin);
  const open = new Set<net.Socket>();
  let isCut = false;
  let refused = 0;
  const listener = net.createServer({ noDelay: true }, (client) => {
    if (isCut) {
      refused++;
      client.resetAndDestroy();
      return;
    }
    const server = net.connect({ port: Number(port), host: hostname, noDelay: true });
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      open.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        open.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => listener.listen(0, hostname, resolve));
  const own = listener.address() as net.AddressInfo;
  const cut = (): void => {
    isCut = true;
    for (const socket of open) socket.destroy();
  };
  return {
    origin: `http://${hostname}:${own.port}`,
    cut,
    mend: () => {
      isCut = false;
    },
    get refused() {
      return refused;
    },
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}
