import { type Row, refusals } from '../support/refusals.js';

const g = { shape: [2], values: [3, 4] };
const step = (more: object) => ({
  parameters: [g],
  gradients: [g],
  optimizer: { sgd: { learningRate: 1 } },
  ...more,
});
const by = (schedule: unknown) => step({ schedule });
const driven = (clipping: object, more: object = {}) =>
  step({ clipping, thresholdSchedule: { constant: {} }, ...more });

/** `levels` schedules, each but the last around the next one. */
const nested = (levels: number): object =>
  levels === 1 ? { constant: {} } : { warmup: { steps: 1, then: nested(levels - 1) } };
const many = (count: number): object => ({
  sequence: {
    schedules: Array.from({ length: count }, () => ({ constant: {} })),
    milestones: Array.from({ length: count - 1 }, (_, i) => i + 1),
  },
});

const rows: Row[] = [
  {
    title: 'schedules five deep',
    request: by(nested(5)),
    path: 'schedule.warmup.then.warmup.then.warmup.then.warmup.then',
    says: ['schedules may be at most 4 deep'],
  },
  {
    title: 'schedules 40 deep, about as far as protobuf goes',
    request: by(nested(40)),
    path: 'schedule.warmup.then.warmup.then.warmup.then.warmup.then',
    says: ['schedules may be at most 4 deep'],
  },
  {
    title: 'schedules 500 deep',
    request: by(nested(500)),
    path: 'schedule.warmup.then.warmup.then.warmup.then.warmup.then',
    says: ['schedules may be at most 4 deep'],
    only: 'REST',
  },
  {
    title: 'five deep through lists',
    request: by({ chained: { schedules: [{ chained: { schedules: [{ constant: {} }, nested(3)] } }] } }),
    path: 'schedule.chained.schedules[0].chained.schedules[1].warmup.then.warmup.then',
    says: ['schedules may be at most 4 deep'],
  },
  {
    title: 'more than a hundred schedules in one',
    request: by({ chained: { schedules: [many(49), many(49)] } }),
    path: 'schedule',
    says: ['holds too many schedules', 'at most 100 in all'],
  },
  {
    title: 'more than a thousand boundaries',
    request: by({ multiStep: { milestones: Array.from({ length: 1001 }, (_, i) => i) } }),
    path: 'schedule.multiStep.milestones',
    says: ['must have a length <= 1000', 'got an array of 1001'],
  },
  {
    title: 'a parameter inside a schedule inside a schedule that is out of range',
    request: by({ warmup: { steps: 5, then: { stepLr: { stepSize: 0 } } } }),
    path: 'schedule.warmup.then.stepLr.stepSize',
    says: ['must be >= 1', 'got 0'],
  },
  {
    title: 'two schedules in the place of one',
    request: by({ warmup: { steps: 5, then: { constant: {}, stepLr: { stepSize: 1 } } } }),
    path: 'schedule.warmup.then',
    says: ['needs exactly one schedule', 'got 2'],
  },
  {
    title: 'an unknown parameter inside a schedule inside a schedule',
    request: by({ warmup: { steps: 5, then: { stepLr: { stepSize: 1, size: 5 } } } }),
    path: 'schedule.warmup.then.stepLr.size',
    says: ['unknown field'],
    only: 'REST',
  },
  {
    title: 'a sequence without schedules',
    request: by({ sequence: {} }),
    path: 'schedule.sequence.milestones',
    says: ['must be one less than schedules', 'got 0 for 0 schedules'],
  },
  {
    title: 'a sequence with too few milestones',
    request: by({ sequence: { schedules: [{ constant: {} }, { constant: {} }] } }),
    path: 'schedule.sequence.milestones',
    says: ['must be one less than schedules', 'got 0 for 2 schedules'],
  },
  {
    title: 'milestones that do not rise',
    request: by({
      sequence: { schedules: [{ constant: {} }, { constant: {} }, { constant: {} }], milestones: [5, 5] },
    }),
    path: 'schedule.sequence.milestones[1]',
    says: ['must be > the milestone before it (5)', 'got 5'],
  },
  {
    title: 'boundaries that do not rise',
    request: by({ piecewiseConstant: { boundaries: [9, 3], scales: [1, 1] } }),
    path: 'schedule.piecewiseConstant.boundaries[1]',
    says: ['must be > the boundary before it (9)', 'got 3'],
  },
  {
    title: 'fewer scales than boundaries',
    request: by({ piecewiseInterpolate: { boundaries: [3, 9], scales: [1] } }),
    path: 'schedule.piecewiseInterpolate.scales',
    says: ['must be as many as boundaries (2)', 'got 1'],
  },
  {
    title: 'an unknown way to interpolate',
    request: by({ piecewiseInterpolate: { interpolateType: 'cubic' } }),
    path: 'schedule.piecewiseInterpolate.interpolateType',
    says: ['must be one of "linear", "cosine"', 'got "cubic"'],
  },
  {
    title: 'a gamma that is NaN',
    request: by({ exponential: { gamma: Number.NaN } }),
    path: 'schedule.exponential.gamma',
    says: ['must be a number, not NaN'],
  },
  {
    title: 'an exponential without gamma',
    request: by({ exponential: {} }),
    path: 'schedule.exponential.gamma',
    says: ['is required'],
  },
  {
    title: 'a cycle that grows',
    request: by({ cyclic: { maxLr: 1, mode: 'exp_range', gamma: 1.5 } }),
    path: 'schedule.cyclic.gamma',
    says: ['must be <= 1', 'got 1.5'],
  },
  {
    title: 'a rise of more than all steps',
    request: by({ oneCycle: { totalSteps: 10, pctStart: 1.5 } }),
    path: 'schedule.oneCycle.pctStart',
    says: ['must be <= 1', 'got 1.5'],
  },
  {
    title: 'a plateau that raises the learning rate',
    request: step({ value: 1, schedule: { reduceOnPlateau: { factor: 1 } } }),
    path: 'schedule.reduceOnPlateau.factor',
    says: ['must be < 1', 'got 1'],
  },
  {
    title: 'constants of smoothness that are both 0',
    request: by({ lawful: { l0: 0, l1: 0, threshold: 1 } }),
    path: 'schedule.lawful',
    says: ['l0 + l1 · threshold must be > 0'],
  },
  {
    title: 'a theta that guarantees nothing',
    request: by({ lawful: { l0: 1, l1: 1, threshold: 1, theta: 1.5, form: 'HESSIAN' } }),
    path: 'schedule.lawful.theta',
    says: ['must be <= 1.256', 'got 1.5'],
  },
  {
    title: 'a plateau without a value',
    request: by({ reduceOnPlateau: {} }),
    path: 'value',
    says: ['is needed by schedule, which follows f at the parameters'],
  },
  {
    title: 'a plateau inside another schedule without a value',
    request: by({ warmup: { steps: 1, then: { chained: { schedules: [{ reduceOnPlateau: {} }] } } } }),
    path: 'value',
    says: ['is needed by schedule'],
  },
  {
    title: 'a plateau of the threshold without a value',
    request: driven({ globalNorm: { threshold: 1 } }, { thresholdSchedule: { reduceOnPlateau: {} } }),
    path: 'value',
    says: ['is needed by thresholdSchedule'],
  },
  {
    title: 'a state without what the schedule remembers',
    request: step({ value: 1, schedule: { reduceOnPlateau: {} }, state: Buffer.from('R0NT', 'base64') }),
    reason: 'STATE_MISMATCH',
    path: 'state',
    says: ['it is not a gradclip state'],
  },
  {
    title: 'a threshold schedule without clipping',
    request: step({ thresholdSchedule: { constant: {} } }),
    path: 'thresholdSchedule',
    says: ['needs a clipping rule with a threshold', 'none'],
  },
  {
    title: 'a threshold schedule for a range',
    request: driven({ value: { min: -1, max: 1 } }),
    path: 'thresholdSchedule',
    says: ['needs a clipping rule with a threshold', 'value, as it is given, has none'],
  },
  {
    title: 'a threshold schedule that starts from infinity',
    request: driven({ globalNorm: { threshold: Infinity } }),
    path: 'thresholdSchedule',
    says: ['needs a finite threshold of globalNorm, got Infinity'],
  },
];

refusals('GradientStep refuses', 'GradientStep', rows);

const run = (more: object) => ({
  objective: { quartic: {} },
  optimizer: { sgd: { learningRate: 1 } },
  validateOnly: true,
  ...more,
});

refusals('FullRun refuses', 'FullRun', [
  {
    title: 'schedules five deep',
    request: run({ schedule: nested(5) }),
    path: 'schedule.warmup.then.warmup.then.warmup.then.warmup.then',
    says: ['schedules may be at most 4 deep'],
  },
  {
    title: 'a threshold schedule without clipping',
    request: run({ thresholdSchedule: { constant: {} } }),
    path: 'thresholdSchedule',
    says: ['needs a clipping rule with a threshold', 'none'],
  },
  {
    title: 'a threshold schedule that is wrong',
    request: run({
      clipping: { globalNorm: { threshold: 1 } },
      thresholdSchedule: { linear: { totalIters: 0 } },
    }),
    path: 'thresholdSchedule.linear.totalIters',
    says: ['must be >= 1', 'got 0'],
  },
]);
