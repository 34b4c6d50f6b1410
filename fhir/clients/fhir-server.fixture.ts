/** A FHIR server of a test's own, on a free port: `answer` says what each address gets. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openFhir, type FhirClient } from './fhir.ts';

export interface FhirAnswer {
  readonly status?: number;
  readonly body: object;
}
export interface FhirServer extends AsyncDisposable {
  readonly client: FhirClient;
  readonly root: string;
}

export async function fhirServerOf(answer: (url: URL, root: string) => FhirAnswer): Promise<FhirServer> {
  const server = createServer((request, response) => {
    const { status = 200, body } = answer(new URL(request.url ?? '/', root), root);
    response.statusCode = status;
    response.setHeader('content-type', 'application/fhir+json');
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const root = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    client: openFhir({ root, policy: { tries: 1, firstWaitMs: 0, longestWaitMs: 0 } }),
    root,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const REFUSAL = { resourceType: 'OperationOutcome', issue: [] };
