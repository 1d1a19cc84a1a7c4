import { after, before, describe } from 'node:test';
import { startService, type TestService } from './service.js';
import { grpc, rest, type Transport } from './transports.js';

/** Runs a suite against one real service, over REST with `values` and over gRPC with `raw`. */
export function overBoth(title: string, suite: (transport: () => Transport) => void): void {
  for (const [name, make] of [
    ['REST with values', rest],
    ['gRPC with raw', grpc],
  ] as const)
    describe(`${title}, ${name}`, () => {
      let service: TestService;
      let transport: Transport;
      before(async () => {
        service = await startService();
        transport = make(service);
      });
      after(() => service.stop());
      suite(() => transport);
    });
}
