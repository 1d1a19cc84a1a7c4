import './runtime/v8-flags.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { operations } from './app/operations/index.js';
import { type Config, UnusableSettings } from './config.js';
import { numericsFingerprint } from './core/fingerprint.js';
import { type Accelerator, installAccelerator } from './core/kernels/accelerator.js';
import { newGrpcServer } from './grpc/server.js';
import { buildHttp } from './http/app.js';
import { newClose } from './http/close.js';
import { openDataDirectory } from './runtime/data-directory.js';
import { openOpenBlas } from './runtime/openblas.js';
import { type PoolRunner, poolRunner } from './runtime/runner.js';
import type { Log } from './telemetry/logger.js';
import { newMetrics } from './telemetry/metrics.js';
import { newObserver } from './telemetry/observer.js';
import { loadForReflection, loadProtocol, newCodecs } from './wire/protocol.js';

export interface Addresses {
  readonly http: string;
  readonly grpc: string;
}

export interface Service {
  start(): Promise<Addresses>;
  /** Not ready at once, and a little later closed to new connections; runs get half of the grace time to finish, then end at an iteration boundary; then all closes. */
  drain(): Promise<void>;
}

function openAccelerator(path: string): Accelerator {
  try {
    return openOpenBlas(path);
  } catch (error) {
    throw new UnusableSettings([{ name: 'BLAS_LIBRARY', value: path, reason: (error as Error).message }]);
  }
}

/** Wires the runner, both transports and the telemetry; nothing listens before `start`. */
export function createService(config: Config, log: Log): Service {
  const { logger } = log;
  const blasLibrary = config.BLAS_LIBRARY ?? null;
  // Before anything is computed.
  installAccelerator(blasLibrary === null ? null : openAccelerator(blasLibrary));
  const datasets = openDataDirectory(config.DATA_DIR ?? null, undefined, {
    onProblem: (name, error) => logger.warn({ dataset: name, problem: error.message }, 'data set left out'),
  });
  let runner: PoolRunner | null = null;
  const metrics = newMetrics(() => runner?.lanes ?? {});
  const observer = newObserver(metrics, log);
  runner = poolRunner(
    {
      workers: config.WORKERS,
      unaryWorkers: config.UNARY_WORKERS,
      queueLimit: config.QUEUE_LIMIT,
      inlineOperations: config.INLINE_OPERATIONS,
      heapMegabytes: config.WORKER_HEAP_MEGABYTES,
      dataDirectory: config.DATA_DIR ?? null,
      blasLibrary,
    },
    datasets,
    observer,
  );
  const services = {
    runner,
    datasets,
    observer,
    fingerprint: numericsFingerprint(),
    limits: { maxFloatingPointOperations: config.MAX_OPERATIONS, maxBytes: config.MAX_BYTES },
  };
  const deps = { operations, services, codecs: newCodecs(operations, loadProtocol()) };
  let ready = false;
  const http = buildHttp(
    deps,
    { maxMessageBytes: config.MAX_MESSAGE_BYTES, maxJsonBytes: config.MAX_JSON_BYTES },
    {
      ready: () => ready,
      async metrics() {
        observer.flush();
        return { type: metrics.registry.contentType, text: await metrics.registry.metrics() };
      },
    },
  );
  const closeHttp = newClose(http);
  const grpc = newGrpcServer(deps, {
    maxMessageBytes: config.MAX_MESSAGE_BYTES,
    reflected: loadForReflection(),
  });

  return {
    async start() {
      // Describes every data set once, so that no request waits for that.
      datasets.list();
      await runner.ready();
      const host = config.HOST.includes(':') ? `[${config.HOST}]` : config.HOST;
      const address = await http.listen({ host: config.HOST, port: config.HTTP_PORT });
      const port = await grpc.listen(`${host}:${config.GRPC_PORT}`);
      ready = true;
      return { http: address, grpc: `${host}:${port}` };
    },
    async drain() {
      ready = false;
      grpc.setServing(false);
      const interrupt = setTimeout(() => runner.interrupt(), config.GRACE_TIME / 2);
      const delay = Math.min(config.DRAIN_DELAY, config.GRACE_TIME / 4);
      await sleep(delay);
      const limit = config.GRACE_TIME * 0.8 - delay;
      await Promise.all([closeHttp(limit), grpc.close(limit)]);
      clearTimeout(interrupt);
      await runner.close();
      observer.flush();
      log.flush();
    },
  };
}
