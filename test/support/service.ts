import { parseConfig } from '../../src/config.js';
import { createService } from '../../src/service.js';
import { newLogger } from '../../src/telemetry/logger.js';
import { type GrpcClient, newGrpcClient } from './grpc-client.js';

export interface TestService {
  /** Base URL. */
  readonly http: string;
  /** host:port of the gRPC server. */
  readonly address: string;
  readonly grpc: GrpcClient;
  stop(): Promise<void>;
}

/** The real service on free ports of this machine; `overrides` are its environment variables. */
export async function startService(overrides: Readonly<Record<string, string>> = {}): Promise<TestService> {
  const config = parseConfig({
    HTTP_PORT: '0',
    GRPC_PORT: '0',
    LOG_LEVEL: 'silent',
    WORKERS: '1',
    DRAIN_DELAY: '0s',
    GRACE_TIME: '2s',
    ...overrides,
  });
  const service = createService(config, newLogger(config.LOG_LEVEL));
  const { http, grpc: address } = await service.start();
  const grpc = newGrpcClient(address);
  return {
    http,
    address,
    grpc,
    async stop() {
      grpc.close();
      await service.drain();
    },
  };
}
