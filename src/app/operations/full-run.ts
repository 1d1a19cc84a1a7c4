import { z } from 'zod';
import { type Context, streaming } from '../operation.js';
import { deadlineOf, jobOf, planGround, planRun } from '../run/plan.js';
import { type accepted, describeAccepted, describeResult, type Event, event, reply } from '../run/reply.js';
import { checkTrace, descentFields, problemFields, runFields } from '../run/request.js';
import { checkCost } from '../schemas.js';
import { HEARTBEAT_MS, withHeartbeats } from './heartbeat.js';
import { describeBatch, join, type Metrics } from './metrics-batch.js';

const input = z.strictObject({ ...problemFields, ...descentFields, ...runFields });
type Input = z.output<typeof input>;

export const fullRun = streaming({
  name: 'full-run',
  summary: 'Run a whole descent and report every iteration.',
  route: { method: 'POST', path: '/v1/full-run' },
  rpc: 'FullRun',
  input,
  event,
  output: reply,
  example: {
    objective: { quartic: { dimension: 1 } },
    start: [[10]],
    clipping: { globalNorm: { threshold: 1 } },
    optimizer: { sgd: { learningRate: 0.05 } },
    budget: { maxIterations: 1000, gradientTolerance: 1e-3 },
  },
  async *handle(request, context) {
    const { ground, spec, cost, choice } = plan(request, context);
    const { plan: objective, columns, encoding } = ground;
    const { fingerprint } = context;
    const deadline = deadlineOf(request.budget, context);
    yield { accepted: describeAccepted(request.budget, objective.layout, cost, fingerprint) };
    if (request.validateOnly) return;
    const startedAt = performance.now();
    const batches = withHeartbeats(context.runner.run(jobOf(ground, spec, deadline), context), HEARTBEAT_MS);
    let iteration = 0;
    for (;;) {
      const next = await batches.next();
      if (next.done) {
        context.observer.runFinished(next.value.outcome);
        yield {
          result: describeResult(next.value, objective.layout, choice, encoding, fingerprint, startedAt),
        };
        return;
      }
      if (next.value === null) yield { heartbeat: { iteration } };
      else {
        iteration = next.value.firstIteration + next.value.stride * (next.value.rows - 1);
        yield { metrics: describeBatch(next.value, columns, request.metrics.encoding) };
      }
    }
  },
  async collect(events, request) {
    const kept: Metrics[] = [];
    let last: Event = {};
    for await (const next of events) {
      if (next.metrics !== undefined && request.metrics.trace) kept.push(next.metrics);
      if (next.accepted !== undefined || next.result !== undefined) last = next;
    }
    if (last.result === undefined) return last.accepted as z.input<typeof accepted>;
    return request.metrics.trace ? { ...last.result, trace: join(kept) } : last.result;
  },
});

function plan(request: Input, context: Context) {
  const ground = planGround(request, context);
  checkTrace(request, 1);
  const run = planRun(ground, request);
  checkCost(run.cost, context);
  return { ground, ...run };
}
