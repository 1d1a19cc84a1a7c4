import { compare } from '../../src/app/operations/compare.js';
import { overGrpc, overJson, overNdjson, overSse } from './every-transport.js';
import type { Estimate, Metrics, Result } from './replies.js';
import type { TestService } from './service.js';

/** Of a comparison; numbers that JSON lacks are strings. */
export interface VariantRow {
  readonly name: string;
  readonly reason: string;
  readonly stable: boolean;
  readonly iterations: number;
  readonly iterationsToTolerance?: number;
  readonly iterationsToTarget?: number;
  readonly value?: number;
  readonly bestValue?: number;
  readonly gradientNorm?: number;
  readonly clippedFraction?: number;
  readonly digest?: string;
  readonly computeSeconds?: number;
  readonly largestStableLearningRate?: number;
  readonly smallestUnstableLearningRate?: number;
  readonly trials?: number;
  readonly searchEnded?: string;
}

export interface CompareEvent {
  readonly accepted?: { readonly estimate: Estimate; readonly variants: readonly string[] };
  readonly metrics?: Metrics & { readonly variant: string };
  readonly heartbeat?: { readonly finished: number };
  readonly variant?: { readonly name: string; readonly result?: Result; readonly failure?: object };
  readonly summary?: { readonly rows: readonly VariantRow[] };
}

export const STREAMS = { NDJSON: overNdjson, SSE: overSse, gRPC: overGrpc } as const;

export const eventsOf = async (
  transport: keyof typeof STREAMS,
  service: TestService,
  request: object,
): Promise<readonly CompareEvent[]> =>
  (await STREAMS[transport](service, compare, request)) as readonly CompareEvent[];

/** The table as one JSON reply. */
export async function tableOf(service: TestService, request: object): Promise<readonly VariantRow[]> {
  const [reply] = await overJson(service, compare, request);
  return (reply as { rows: readonly VariantRow[] }).rows;
}

/** A row without its clock. */
export const timeless = ({ computeSeconds: _, ...row }: VariantRow): object => row;
