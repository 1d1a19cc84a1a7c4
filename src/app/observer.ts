import type { Reason } from '../core/failure.js';
import type { StopReason } from '../core/run.js';
import type { Timing } from './runner.js';

export type Transport = 'http' | 'grpc';

export interface RequestRecord {
  readonly requestId: string;
  readonly operation: string;
  readonly transport: Transport;
  readonly reason: Reason | 'OK';
  readonly ms: number;
  readonly timing: Timing;
  /** Of an INTERNAL or WORKER_LOST failure, for the log. */
  readonly cause?: unknown;
}

/** Where operations and transports report what happened; metrics and logs are made of it. */
export interface Observer {
  requestFinished(record: RequestRecord): void;
  streamOpened(transport: Transport): void;
  streamClosed(transport: Transport): void;
  gradientsClipped(groups: number, clipped: number): void;
  runFinished(run: {
    readonly reason: StopReason;
    readonly iterations: number;
    readonly clippedFraction: number;
  }): void;
}
