import type { z } from 'zod';
import { type Plan, type PlannedVariant, planVariants } from '../comparison/plan.js';
import {
  describeRow,
  describeSearch,
  type Event,
  event,
  type Row,
  reply,
  type VariantMetrics,
} from '../comparison/reply.js';
import { type Input, input } from '../comparison/request.js';
import { newTurnstile, sideBySide } from '../comparison/side-by-side.js';
import { follow, searchRate } from '../comparison/variant-run.js';
import { type Context, streaming } from '../operation.js';
import { deadlineOf, type Ground, jobOf, planGround } from '../run/plan.js';
import { describeAccepted, describeResult } from '../run/reply.js';
import { checkTrace } from '../run/request.js';
import { checkCost } from '../schemas.js';
import { HEARTBEAT_MS, withHeartbeats } from './heartbeat.js';
import { describeBatch, join } from './metrics-batch.js';

export const compare = streaming({
  name: 'compare',
  summary: 'Run variants of a descent side by side, and say in a table how they did.',
  route: { method: 'POST', path: '/v1/compare' },
  rpc: 'Compare',
  input,
  event,
  output: reply,
  example: {
    objective: { quartic: { dimension: 1 } },
    start: [[10]],
    learningRate: 0.05,
    threshold: 1,
    budget: { maxIterations: 1000, gradientTolerance: 1e-3 },
  },
  async *handle(request, context) {
    const ground = planGround(request, context);
    const plan = await planVariants(request, ground);
    checkTrace(request, plan.variants.length);
    checkCost(plan.cost, context);
    const accepted = describeAccepted(request.budget, ground.plan.layout, plan.cost, context.fingerprint);
    yield { accepted: { ...accepted, variants: plan.variants.map(({ name }) => name) } };
    if (request.validateOnly) return;
    yield* executed(request, ground, plan, context);
  },
  async collect(events, request) {
    const kept = new Map<string, VariantMetrics[]>();
    let last: Event = {};
    for await (const next of events) {
      if (next.metrics !== undefined && request.metrics.trace) {
        const { variant } = next.metrics;
        const before = kept.get(variant);
        if (before === undefined) kept.set(variant, [next.metrics]);
        else before.push(next.metrics);
      }
      if (next.accepted !== undefined || next.summary !== undefined) last = next;
    }
    if (last.summary === undefined) return last.accepted as z.input<typeof reply>;
    if (!request.metrics.trace) return last.summary;
    const traces = last.summary.rows.map(({ name }) => ({ variant: name, ...join(kept.get(name) ?? []) }));
    return { ...last.summary, traces };
  },
});

/** The events of all runs as they come, and the table when all have ended. */
async function* executed(
  request: Input,
  ground: Ground,
  { variants }: Plan,
  context: Context,
): AsyncGenerator<Event, void, void> {
  const { runner, observer, fingerprint } = context;
  const turnstile = newTurnstile(runner, context);
  const runs = {
    turnstile,
    observer,
    jobOf: (spec: PlannedVariant['spec']) => ({
      ...jobOf(ground, spec, deadlineOf(request.budget, context)),
      shared: true,
    }),
  };
  const rows = new Map<PlannedVariant, Row>();
  const searched = new Map<PlannedVariant, ReturnType<typeof describeSearch>>();

  async function* variantEvents(variant: PlannedVariant): AsyncGenerator<Event, void, void> {
    const { name, spec, choice } = variant;
    const startedAt = performance.now();
    const ending = yield* follow(runs, spec, (batch) => ({
      metrics: { variant: name, ...describeBatch(batch, ground.columns, request.metrics.encoding) },
    }));
    rows.set(variant, describeRow(name, ending, request.budget));
    if (ending.failure !== null) yield { variant: { name, failure: ending.failure } };
    else {
      const { layout } = ground.plan;
      const result = describeResult(ending.finished, layout, choice, ground.encoding, fingerprint, startedAt);
      yield { variant: { name, result } };
    }
  }

  async function* searchEvents(variant: PlannedVariant): AsyncGenerator<Event, void, void> {
    if (variant.search === null) return;
    searched.set(variant, describeSearch(yield* searchRate(runs, variant.search, variant.trialAt)));
  }

  const sources = [...variants.map(variantEvents), ...variants.map(searchEvents)];
  const events = sideBySide(sources, runner.parallelRuns, turnstile.stop);
  for await (const next of withHeartbeats(events, HEARTBEAT_MS))
    yield next ?? { heartbeat: { finished: rows.size } };
  yield {
    summary: {
      rows: variants.map((variant) => ({ ...(rows.get(variant) as Row), ...searched.get(variant) })),
    },
  };
}
