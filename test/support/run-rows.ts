import { fullRun } from '../../src/app/operations/full-run.js';
import { overGrpc, overJson, overNdjson, overSse } from './every-transport.js';
import type { Metrics, Result, RunEvent } from './replies.js';
import type { TestService } from './service.js';
import { doublesOf } from './tensors.js';

/** Iteration -> column -> value. */
export type Rows = ReadonlyMap<number, Readonly<Record<string, number>>>;

export const TRANSPORTS = ['JSON', 'NDJSON', 'SSE', 'gRPC'] as const;
const STREAMS = { NDJSON: overNdjson, SSE: overSse, gRPC: overGrpc } as const;

interface Request {
  readonly objective: object;
  readonly metrics?: object;
}

/** A whole run over one transport: its summary and all reported rows. */
export async function runOver(
  transport: (typeof TRANSPORTS)[number],
  service: TestService,
  request: Request,
): Promise<{ summary: Result['summary']; rows: Rows }> {
  if (transport === 'JSON') {
    const traced = { ...request, metrics: { ...request.metrics, trace: true } };
    const [reply] = await overJson(service, fullRun, traced);
    const { summary, trace } = reply as Result & { trace: Metrics };
    return { summary, rows: rowsOf([trace]) };
  }
  const events = (await STREAMS[transport](service, fullRun, request)) as RunEvent[];
  const { result } = events.at(-1) as { result: Result };
  return { summary: result.summary, rows: rowsOf(events.flatMap(({ metrics }) => metrics ?? [])) };
}

function rowsOf(batches: readonly Metrics[]): Rows {
  const rows = new Map<number, Record<string, number>>();
  for (const { firstIteration, stride, columns } of batches)
    for (const { name, values, raw } of columns) {
      const numbers = values !== undefined && values.length > 0 ? values.map(Number) : doublesOf(raw ?? '');
      numbers.forEach((value, r) => {
        const k = firstIteration + r * stride;
        rows.set(k, { ...rows.get(k), [name]: value });
      });
    }
  return rows;
}
