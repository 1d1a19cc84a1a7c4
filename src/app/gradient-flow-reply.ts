import { z } from 'zod';
import type { ProductNorms } from '../core/kernels/product-norms.js';
import type { FlowResult } from '../core/theory/gradient-flow/analyze.js';
import { REMEDIES } from '../core/theory/gradient-flow/remedies.js';
import type { GradientFlow, SequenceFlow } from '../core/theory/gradient-flow/sequence-flow.js';
import { courseOf, VERDICTS } from '../core/theory/gradient-flow/verdict.js';
import type { System } from './recurrent-system.js';
import { costEstimate, count, number } from './schemas.js';

const numbers = z.array(number) as unknown as z.ZodType<ArrayLike<number>>;

/** A norm by step. */
const course = z
  .strictObject({
    norms: numbers.describe('k = 0 ... T'),
    log10: numbers.describe('of the same, also where they are no doubles'),
    peak: number,
    peakStep: count,
  })
  .meta({ id: 'NormCourse' });

const spectrum = z.strictObject({
  spectralRadius: number,
  greatestSingularValue: number,
  eigenvalues: z.array(z.strictObject({ real: number, imaginary: number, modulus: number })),
});

export const flowOutput = z.strictObject({
  verdict: z.enum(VERDICTS).optional(),
  reasons: z.array(z.string()).optional(),
  remedies: z.array(z.strictObject({ remedy: z.enum(REMEDIES), why: z.string() })).optional(),
  spectrum: spectrum.optional().describe('of W_h; not of the gated cells'),
  powers: course.optional().describe('‖W_h^k‖₂'),
  conditions: z
    .strictObject({
      slopeBound: number.describe('γ, the greatest slope of the activation'),
      vanishingSufficient: z.boolean().describe('the greatest singular value is < 1/γ'),
      explodingNecessary: z.boolean().describe('it is > 1/γ'),
    })
    .optional()
    .describe('Pascanu et al. 2013'),
  gates: z
    .array(z.strictObject({ gate: z.string(), spectrum }))
    .optional()
    .describe('of gru and lstm: the block of W_h of each gate'),
  jacobians: course
    .optional()
    .describe('‖∂h_k/∂h_0‖₂, of lstm with c, along the first sequence; of the linear cell the powers are'),
  slopes: z
    .strictObject({ least: numbers, mean: numbers, greatest: numbers })
    .optional()
    .describe('of the activation by step; of gru and lstm the gate that keeps the memory'),
  gradient: z
    .strictObject({
      value: number,
      norms: z.array(
        z.strictObject({
          name: z.string(),
          norm: number,
          bound: number
            .optional()
            .describe('Σ_t Σ_{i <= t} ‖W_h^{t-i}‖ ‖W_o‖ ‖g_t‖ ‖x_i‖; of W_h with h_{i-1}'),
        }),
      ),
      stateNorms: numbers.describe('‖∂F/∂h_t‖ for t = 1 ... T'),
      lagNorms: numbers.describe('norm of what each lag t - i = 0, 1, ... contributes to ∂F/∂W_h'),
    })
    .optional(),
  overflowStep: count.optional().describe('the first step whose state or output is no double'),
  estimate: costEstimate.optional(),
});

type Output = z.input<typeof flowOutput>;
type Course = z.input<typeof course>;

/** No slope of the simple cells is above 1. */
const SLOPE_BOUND = 1;

export function flowReply(result: FlowResult, names: System['names'], tolerance: number): Output {
  const { verdict, reasons, remedies, spectrum, gates, sequence } = result;
  return {
    verdict,
    reasons: [...reasons],
    remedies: [...remedies],
    ...(spectrum !== null && {
      spectrum: spectrumReply(spectrum),
      powers: courseReply(spectrum.powers),
      conditions: {
        slopeBound: SLOPE_BOUND,
        vanishingSufficient: spectrum.greatestSingularValue < (1 - tolerance) / SLOPE_BOUND,
        explodingNecessary: spectrum.greatestSingularValue > (1 + tolerance) / SLOPE_BOUND,
      },
    }),
    ...(gates.length > 0 && {
      gates: gates.map(({ gate, ...rest }) => ({ gate, spectrum: spectrumReply(rest) })),
    }),
    ...(sequence !== null && sequenceReply(sequence, names)),
  };
}

const spectrumReply = ({
  spectralRadius,
  greatestSingularValue,
  eigenvalues,
}: Pick<z.input<typeof spectrum>, 'spectralRadius' | 'greatestSingularValue'> & {
  readonly eigenvalues: readonly z.input<typeof spectrum>['eigenvalues'][number][];
}): z.input<typeof spectrum> => ({ spectralRadius, greatestSingularValue, eigenvalues: [...eigenvalues] });

function courseReply(course: ProductNorms): Course {
  const { peak, peakStep } = courseOf(course);
  return { norms: course.norms, log10: course.logarithms, peak, peakStep };
}

function sequenceReply({ jacobians, slopes, gradient, overflow }: SequenceFlow, names: System['names']) {
  return {
    ...(jacobians !== null && { jacobians: courseReply(jacobians) }),
    slopes,
    ...(gradient !== null && { gradient: gradientReply(gradient, names) }),
    ...(overflow !== null && { overflowStep: overflow }),
  };
}

function gradientReply({ value, norms, states, lags }: GradientFlow, names: System['names']) {
  return {
    value,
    norms: norms.flatMap(({ name, norm, bound }) => {
      const called = name === 'states' ? undefined : (names[name] ?? DEFAULT_NAMES[name]);
      return called === undefined ? [] : [{ name: called, norm, ...(bound !== null && { bound }) }];
    }),
    stateNorms: states,
    lagNorms: lags,
  };
}

/** Of what is differentiated although no tensor is given for it. */
const DEFAULT_NAMES: Readonly<Partial<Record<string, string>>> = { h0: 'h0', c0: 'c0' };
