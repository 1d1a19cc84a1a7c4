import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overBoth } from '../support/both.js';
import { assertClose } from '../support/golden.js';
import { column } from '../support/transports.js';

/** Recorded with torch 2.13: SequentialLR and ChainedScheduler at a learning rate of 0.5. */
const TORCH = [
  {
    title: 'a sequence of two',
    schedule: {
      sequence: {
        schedules: [{ constant: { factor: 0.1 } }, { exponential: { gamma: 0.9 } }],
        milestones: [4],
      },
    },
    rates: [
      0.05, 0.05, 0.05, 0.05, 0.5, 0.45, 0.405, 0.36450000000000005, 0.32805000000000006, 0.2952450000000001,
      0.2657205000000001, 0.23914845000000007,
    ],
  },
  {
    title: 'a sequence of three',
    schedule: {
      sequence: {
        schedules: [
          { linear: { startFactor: 0.25, totalIters: 4 } },
          { stepLr: { stepSize: 3, gamma: 0.5 } },
          { polynomial: { totalIters: 4, power: 2 } },
        ],
        milestones: [4, 8],
      },
    },
    rates: [0.125, 0.21875, 0.3125, 0.40625, 0.5, 0.5, 0.5, 0.25, 0.5, 0.28125, 0.125, 0.03125],
  },
  {
    title: 'two at once',
    schedule: {
      chained: {
        schedules: [{ constantWarmup: { factor: 0.1, totalIters: 4 } }, { exponential: { gamma: 0.9 } }],
      },
    },
    rates: [
      0.05, 0.045000000000000005, 0.04050000000000001, 0.03645000000000001, 0.3280500000000001,
      0.2952450000000001, 0.2657205000000001, 0.23914845000000007, 0.21523360500000008, 0.19371024450000007,
      0.17433922005000008, 0.15690529804500009,
    ],
  },
  {
    // As far as 0: from there torch goes on without the factors of the others.
    title: 'three at once',
    schedule: {
      chained: {
        schedules: [
          { linear: { startFactor: 0.25, totalIters: 4 } },
          { multiStep: { milestones: [3, 6], gamma: 0.5 } },
          { cosineAnnealing: { tMax: 10 } },
        ],
      },
    },
    rates: [
      0.125, 0.21339680646978243, 0.2826589053710855, 0.1612594396859543, 0.16362712429686843, 0.125,
      0.04318643785156579, 0.025763421731720436, 0.011936437851565791, 0.0030589677315529043, 0,
    ],
  },
];

/** γ = 0.5 and f constant, because clipping to 0 keeps x where it is. */
const PLATEAU = { reduceOnPlateau: { patience: 1, factor: 0.5 } };
const CONSTANT = [
  { title: 'a plateau', schedule: PLATEAU, rates: [1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.125] },
  {
    title: 'a plateau after a warm-up, which does not count',
    schedule: { warmup: { steps: 2, then: PLATEAU } },
    rates: [0, 0.5, 1, 1, 1, 0.5, 0.5, 0.25],
  },
  {
    title: 'a plateau as the second of a sequence',
    schedule: { sequence: { schedules: [{ constant: { factor: 3 } }, PLATEAU], milestones: [3] } },
    rates: [3, 3, 3, 1, 1, 1, 0.5, 0.5],
  },
  {
    title: 'a plateau beside another schedule, and deep inside',
    schedule: {
      chained: {
        schedules: [
          { stepLr: { stepSize: 4, gamma: 0.5 } },
          { warmup: { steps: 0, then: { chained: { schedules: [PLATEAU] } } } },
        ],
      },
    },
    rates: [1, 1, 1, 0.5, 0.25, 0.125, 0.125, 0.0625],
  },
  {
    title: 'the square root of the step',
    schedule: { inverseSqrt: {} },
    rates: [1, 2, 3, 4, 5, 6, 7, 8].map((t) => 1 / Math.sqrt(t)),
  },
  {
    title: 'the square root of the step after a warm-up',
    schedule: { inverseSqrt: { warmupSteps: 2 } },
    rates: [0, 0.5, ...[2, 3, 4, 5, 6, 7].map((t) => Math.sqrt(2 / t))],
  },
  {
    title: 'the square root of the step on a scale of its own',
    schedule: { inverseSqrt: { timescale: 100 } },
    rates: [0, 1, 2, 3, 4, 5, 6, 7].map((t) => Math.sqrt(100 / (100 + t))),
  },
  ...(
    [
      [{}, 1 / 63],
      [{ form: 'HESSIAN' }, Math.LN2 / 7],
      [{ form: 'FIRST_ORDER' }, 1 / 7],
      [{ theta: 0.5 }, 0.5 / 7],
    ] as const
  ).map(([more, rate]) => ({
    title: `the lawful rate for L0 = 1, L1 = 2, c = 3 with ${JSON.stringify(more)}`,
    schedule: { lawful: { l0: 1, l1: 2, threshold: 3, ...more } },
    rates: Array.from({ length: 8 }, () => rate),
  })),
];

overBoth('schedules of schedules, and those that no library has', (api) => {
  const rows = [
    ...TORCH.map((row) => ({ ...row, base: 0.5 })),
    ...CONSTANT.map((row) => ({ ...row, base: 1 })),
  ];
  for (const { title, base, schedule, rates } of rows) {
    const common = { clipping: { globalNorm: { threshold: 0 } }, optimizer: { sgd: { learningRate: base } } };

    test(`FullRun with ${title}`, async () => {
      const { trace } = await api().run({
        ...common,
        objective: { quartic: {} },
        schedule,
        budget: { maxIterations: rates.length - 1 },
        metrics: { trace: true },
      });
      assertClose(column(trace, 'learningRate'), rates, { rtol: 1e-12, atol: 1e-15 }, title);
    });

    test(`GradientStep with ${title}, of the learning rate and of the threshold`, async () => {
      const { step, tensor } = api();
      const made: number[][] = [[], []];
      let state: unknown;
      for (let t = 0; t < rates.length; t++) {
        const reply = await step({
          optimizer: common.optimizer,
          parameters: [tensor({ shape: [1], data: [1] })],
          gradients: [tensor({ shape: [1], data: [1e6] })],
          clipping: { globalNorm: { threshold: base } },
          schedule,
          thresholdSchedule: schedule,
          value: 1,
          ...(state !== undefined && { state }),
        });
        state = reply.state;
        made[0]?.push(reply.metrics.learningRate);
        made[1]?.push(reply.reports[0]?.clippedNorm as number);
      }
      assertClose(made[0] as number[], rates, { rtol: 1e-12, atol: 1e-15 }, title);
      assert.deepEqual(made[1], made[0]);
    });
  }
});
