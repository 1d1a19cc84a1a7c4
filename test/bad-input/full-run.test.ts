import { type Row, refusals } from '../support/refusals.js';

const good = { objective: { quartic: {} }, optimizer: { sgd: { learningRate: 0.01 } } };
const budget = (fields: object) => ({ ...good, budget: fields });
const metrics = (fields: object) => ({ ...good, metrics: fields });

const rows: Row[] = [
  {
    title: 'no objective',
    request: { ...good, objective: undefined },
    path: 'objective',
    says: ['is required'],
  },
  {
    title: 'no optimizer',
    request: { ...good, optimizer: undefined },
    path: 'optimizer',
    says: ['is required'],
  },
  {
    title: 'a negative tolerance',
    request: budget({ gradientTolerance: -1 }),
    path: 'budget.gradientTolerance',
    says: ['must be >= 0', 'got -1'],
  },
  {
    title: 'a target that is NaN',
    request: budget({ targetValue: Number.NaN }),
    path: 'budget.targetValue',
    says: ['must be a number, not NaN'],
  },
  {
    title: 'more wall time than a timer can hold',
    request: budget({ maxWallTime: '3000000s' }),
    path: 'budget.maxWallTime',
    says: ['between 0s and 2073600s'],
  },
  {
    title: 'a start of another size than the dimension',
    request: { ...good, objective: { quartic: { dimension: 2 } }, start: [{ shape: [1], values: [1] }] },
    path: 'start[0].shape',
    says: ['"x" has shape [2]', 'got [1]'],
  },
  {
    title: 'a report every 0 iterations',
    request: metrics({ every: 0 }),
    path: 'metrics.every',
    says: ['must be >= 1', 'got 0'],
  },
  {
    title: 'an unknown column',
    request: metrics({ fields: ['weather'] }),
    path: 'metrics.fields[0]',
    says: ['"parameterNorm"', 'got "weather"'],
  },
  {
    title: 'an unknown delivery',
    request: metrics({ delivery: 'SOMETIMES' }),
    path: 'metrics.delivery',
    says: ['"LOSSLESS", "CONFLATE"', 'got "SOMETIMES"'],
  },
  {
    title: 'an unknown encoding',
    request: metrics({ encoding: 'MORSE' }),
    path: 'metrics.encoding',
    says: ['"VALUES", "RAW"', 'got "MORSE"'],
  },
  {
    title: 'an evaluation every 0 iterations',
    request: metrics({ evaluateEvery: 0 }),
    path: 'metrics.evaluateEvery',
    says: ['must be >= 1', 'got 0'],
  },
  {
    title: 'a trace of more rows than are collected',
    request: { ...good, budget: { maxIterations: 1_000_002 }, metrics: { trace: true } },
    path: 'metrics.trace',
    says: ['at most 1000000 rows', 'got 1000002'],
  },
  {
    title: 'a seed above 2^53',
    request: { ...good, seed: 2 ** 53 },
    path: 'seed',
    says: ['between 0 and 9007199254740991', 'got 9007199254740992'],
  },
  {
    title: 'a negative number of iterations',
    request: budget({ maxIterations: -1 }),
    path: 'budget.maxIterations',
    says: ['must be >= 0', 'got -1'],
    only: 'REST',
  },
  {
    title: 'half an iteration',
    request: budget({ maxIterations: 0.5 }),
    path: 'budget.maxIterations',
    says: ['expected an integer', 'got 0.5'],
    only: 'REST',
  },
  {
    title: 'a wall time in words',
    request: budget({ maxWallTime: 'ten minutes' }),
    path: 'budget.maxWallTime',
    says: ['expected a duration such as "2.5s"', 'got "ten minutes"'],
    only: 'REST',
  },
  {
    title: 'a seed in words',
    request: { ...good, seed: 'seven' },
    path: 'seed',
    says: ['expected an integer', 'got "seven"'],
    only: 'REST',
  },
  {
    title: 'a negative seed',
    request: { ...good, seed: -1 },
    path: 'seed',
    says: ['between 0 and 9007199254740991', 'got -1'],
    only: 'REST',
  },
  {
    title: 'a bound for an objective without constants',
    request: { ...good, objective: { rosenbrock: {} }, metrics: { fields: ['bound'] } },
    path: 'constants',
    says: ['needs l0 and l1', 'rosenbrock'],
  },
  {
    title: 'a bound without a minimum',
    request: { ...good, objective: { cubic: {} }, metrics: { fields: ['budget'] } },
    path: 'constants.minimum',
    says: ['unbounded below'],
  },
  {
    title: 'noise without a mean',
    request: { ...good, noise: { heavyTail: { scale: 1, degrees: 1 } } },
    path: 'noise.heavyTail.degrees',
    says: ['must be > 1', 'got 1'],
  },
  {
    title: 'two points of which one never comes',
    request: { ...good, noise: { twoPoint: { scale: 1, probability: 0 } } },
    path: 'noise.twoPoint.probability',
    says: ['must be > 0', 'got 0'],
  },
  {
    title: 'a mean of no gradients',
    request: { ...good, noise: { gaussian: { scale: 1, samples: 0 } } },
    path: 'noise.gaussian.samples',
    says: ['must be >= 1', 'got 0'],
  },
];

refusals('FullRun refuses', 'FullRun', rows);
