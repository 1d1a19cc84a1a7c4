import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { adaptiveMeanBound } from '../../src/core/theory/adaptive-step.js';
import {
  BEST_THETA,
  budget,
  kappa,
  LECTURE_THETA,
  lawfulLearningRate,
  sharpBound,
} from '../../src/core/theory/clipped-descent.js';
import { startService, type TestService } from '../support/service.js';
import { column, rest } from '../support/transports.js';

/** Functions with ‖∇²f‖ <= l0 + l1 ‖∇f‖, where to start, and their least value. */
const PROBLEMS = [
  { name: 'x⁴', problem: { objective: { quartic: {} }, start: [[10]] }, l0: 4, l1: 2, least: 0 },
  {
    name: 'the hard instance',
    problem: { objective: { hardInstance: { l0: 1, l1: 1 } }, start: [[5]] },
    l0: 1,
    l1: 1,
    least: 0.5,
  },
];

describe('the bounds of the theory hold', () => {
  let service: TestService;
  before(async () => {
    service = await startService();
  });
  after(() => service.stop());

  /** ‖g_t‖ of every iterate, and f(x_0). */
  async function traced(request: object): Promise<{ norms: readonly number[]; first: number }> {
    const { trace } = await rest(service).run({
      ...request,
      budget: { maxIterations: 400 },
      metrics: { trace: true },
    });
    return { norms: column(trace, 'gradientNorm'), first: column(trace, 'value')[0] as number };
  }
  const sum = (x: readonly number[]): number => x.reduce((total, v) => total + v, 0);

  for (const { name, problem, l0, l1, least } of PROBLEMS) {
    for (const theta of [LECTURE_THETA, BEST_THETA.HESSIAN])
      for (const threshold of [0.5, 5, 500])
        test(`for clipped descent on ${name} at θ = ${theta}, c = ${threshold}`, async () => {
          const learningRate = lawfulLearningRate(theta, l0, l1, threshold);
          const { norms, first } = await traced({
            ...problem,
            optimizer: { sgd: { learningRate } },
            clipping: { globalNorm: { threshold } },
          });
          const allowed = budget(first - least, kappa(theta, 'HESSIAN'), learningRate);
          assert.ok(sum(norms.map((g) => Math.min(g, threshold) * g)) <= allowed);
          assert.ok(sum(norms) / norms.length <= sharpBound(allowed / norms.length, threshold));
        });

    for (const [form, first, second] of [
      ['HESSIAN_SIMPLE', l0, 1.5 * l1],
      ['FIRST_ORDER', l0 / Math.LN2, l1 / Math.LN2],
    ] as const)
      test(`for adaptive steps on ${name}, ${form}`, async () => {
        const constants = form === 'FIRST_ORDER' ? { l0: first, l1: second } : { l0, l1 };
        const { norms, first: f0 } = await traced({
          ...problem,
          optimizer: { adaptiveStep: { ...constants, form } },
        });
        const bound = adaptiveMeanBound((2 * (f0 - least)) / norms.length, first, second);
        assert.ok(sum(norms) / norms.length <= bound, `${sum(norms) / norms.length} > ${bound}`);
      });
  }
});
