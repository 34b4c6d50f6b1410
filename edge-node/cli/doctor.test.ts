import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { checkArchive } from './doctor.ts';

test('an archive that takes the connection and says nothing is said to, and not waited for', async () => {
  const open = new Set<Socket>();
  const silent = createServer((socket) => void open.add(socket));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    silent.close();
  });
  const spec = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/dicom-web`;
  const none = { fhir: undefined, tokenFile: undefined };
  const found = await checkArchive(spec, none, new AbortController().signal, 2000);
  expect(open.size).toBeGreaterThan(0);
  expect(found).toMatchObject({ status: 'missing', text: expect.stringContaining('within 2 s') });
  // Who asked to stop gets no verdict.
  await expect(checkArchive(spec, none, AbortSignal.abort(), 200)).rejects.toThrow();
});
