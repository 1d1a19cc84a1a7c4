import { accumulated } from './accumulate.js';
import { clipGradients, type NonFinite, rejected, type Whole } from './clip-gradients.js';
import { ruleMemory } from './clipping/memory.js';
import type { Rule } from './clipping/rule.js';
import { newReport, type ReportReply, reportReply } from './kernels/clip.js';
import { norm2 } from './kernels/norm.js';
import { nextNonFinite, type Vector } from './kernels/vector.js';
import type { Spec } from './plugin.js';
import { type SkipOptions, type SkipReport, skipReport, skips } from './skip.js';
import { numbersOf, type Tensor } from './tensor.js';

/** One gradient and all that is asked for before the optimizer sees it. */
export interface GradientRequest {
  readonly gradients: readonly Tensor[];
  /** Micro-batches, of which `gradients` is the first; nothing where there is only that. */
  readonly accumulate?: readonly (readonly Tensor[])[] | null;
  readonly lossScale?: number;
  readonly clipping: Spec;
  readonly nonFinite: NonFinite;
  /** What the clip before returned; nothing before the first. */
  readonly clippingState?: Uint8Array | null;
  readonly skip?: SkipOptions | null;
  /** Where these are some tensors of a gradient. */
  readonly whole?: Whole | null;
}

export interface ClippedGradient {
  readonly gradients: readonly Vector[];
  /** One per group of the rule; of a skipped gradient one for all of it. */
  readonly reports: ReportReply[];
  /** ‖g‖₂ before the rule. */
  readonly norm: number;
  /** Only of rules that remember something, and where gradients may be skipped. */
  readonly clippingState?: Uint8Array;
  /** Only where gradients may be skipped. */
  readonly skip?: SkipReport;
}

/** Micro-batches, loss scale, skip or non-finite policy and rule, in this order; overwrites the gradients. */
export function clipRequested(
  request: GradientRequest,
  rule: Rule,
  parameters: readonly Vector[] | null,
): ClippedGradient {
  const {
    gradients,
    accumulate,
    lossScale = 1,
    nonFinite,
    clippingState = null,
    skip = null,
    whole = null,
  } = request;
  const batches = (accumulate ?? [gradients]).map((batch) => batch.map(numbersOf));
  const tensors = accumulated(batches, lossScale);
  const travelling = ruleMemory(rule, request.clipping, gradients, skip !== null);
  const memory = travelling.read(clippingState, tensors);
  let counted: { skip?: SkipReport } = {};
  if (skip !== null && memory.counters !== null) {
    const own = norm2(tensors, new Float64Array(tensors.length));
    const norm = whole !== null && rule.scalesBy === 2 ? whole.norm.scale * whole.norm.ratio : own;
    const here = Number.isFinite(own) ? 0 : countNonFinite(tensors);
    const count = Math.max(here, whole?.nonFinite ?? 0);
    const skipped = skips(skip, memory.counters, count === 0, norm);
    counted = { skip: skipReport(skipped, memory.counters) };
    if (skipped) {
      for (const x of tensors) x.fill(0);
      const left = { ...newReport(''), norm, scale: 0, clipped: true, nonFinite: count };
      return {
        gradients: tensors,
        reports: [reportReply(left)],
        norm,
        ...travelling.written(memory, 0),
        ...counted,
      };
    }
  }
  if (nonFinite === 'REJECT' && batches.length > 1) rejectBatches(batches, tensors, gradients);
  const clipped = clipGradients(
    gradients.map(({ name, shape }, t) => ({ name, shape, data: tensors[t] as Vector })),
    rule,
    nonFinite,
    { parameters, state: memory.rule, whole },
  );
  memory.rule = clipped.state;
  return {
    gradients: clipped.gradients,
    reports: clipped.reports.map(reportReply),
    norm: clipped.norm,
    ...travelling.written(memory, 1),
    ...counted,
  };
}

function countNonFinite(tensors: readonly Vector[]): number {
  let count = 0;
  for (const x of tensors) for (let i = nextNonFinite(x); i !== -1; i = nextNonFinite(x, i + 1)) count++;
  return count;
}

/** Names the component of the micro-batch that made the mean a NaN or infinite. */
function rejectBatches(
  batches: readonly (readonly Vector[])[],
  mean: readonly Vector[],
  gradients: readonly Tensor[],
): void {
  if (Number.isFinite(norm2(mean, new Float64Array(mean.length)))) return;
  batches.forEach((batch, m) => {
    batch.forEach((x, t) => {
      const i = nextNonFinite(x);
      if (i !== -1) throw rejected(`accumulate[${m}][${t}]`, gradients[t]?.name ?? '', x, i);
    });
  });
}
