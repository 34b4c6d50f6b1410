import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { openSource } from './open-source.rim.ts';

test('a FHIR server as --source that wants credentials is told which ones are looked at', async () => {
  // As many do: what the server is stands open, what it holds does not.
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://fhir');
    response.statusCode = pathname === '/metadata' ? 200 : pathname === '/studies' ? 404 : 401;
    response.setHeader('content-type', 'application/fhir+json');
    response.end(JSON.stringify({ resourceType: pathname === '/metadata' ? 'CapabilityStatement' : 'x' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const root = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    await using source = await openSource(root, { environment: {} });
    const error = await source.list().then(
      () => null,
      (reason: unknown) => reason as Error,
    );
    expect(error).toMatchObject({ code: 'unauthorized' });
    expect(error!.message).toContain('ANTEROOM_TOKEN');
    expect(error!.message).not.toContain('ANTEROOM_FHIR_TOKEN');
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
