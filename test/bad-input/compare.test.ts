import { type Row, refusals } from '../support/refusals.js';

const quartic = { objective: { quartic: {} } };
const sgd = { optimizer: { sgd: { learningRate: 0.01 } } };
const variants = (...list: object[]) => ({ ...quartic, variants: list });
const search = (fields: object) => ({ ...quartic, search: fields });

const rows: Row[] = [
  { title: 'no objective', request: {}, path: 'objective', says: ['is required'] },
  {
    title: 'a variant without an optimizer',
    request: variants(sgd, {}),
    path: 'variants[1].optimizer',
    says: ['is required'],
  },
  {
    title: 'a variant with a bad rule',
    request: variants({ ...sgd, clipping: { globalNorm: { threshold: -1 } } }),
    path: 'variants[0].clipping.globalNorm.threshold',
    says: ['must be >= 0', 'got -1'],
  },
  {
    title: 'a rule that a run cannot have, and says of which variant',
    request: variants(sgd, sgd, { ...sgd, clipping: { perExample: { threshold: 1 } } }),
    path: 'variants[2].clipping.perExample',
    says: ['the gradient of each example'],
  },
  {
    title: 'a threshold schedule for a rule without a threshold',
    request: variants({ ...sgd, thresholdSchedule: { constant: {} } }),
    path: 'variants[0].thresholdSchedule',
    says: ['none'],
  },
  {
    title: 'two variants of one name',
    request: variants({ ...sgd, name: 'a' }, sgd, { ...sgd, name: 'a' }),
    path: 'variants[2].name',
    says: ['must be unique', 'got "a" like variants[0]'],
  },
  {
    title: 'a name that is the index of another variant',
    request: variants(sgd, { ...sgd, name: '0' }),
    path: 'variants[1].name',
    says: ['must be unique', 'got "0" like variants[0]'],
  },
  {
    title: 'a name as long as a story',
    request: variants({ ...sgd, name: 'a'.repeat(257) }),
    path: 'variants[0].name',
    says: ['<= 256'],
  },
  {
    title: 'the learning rate of the default pair beside variants',
    request: { ...variants(sgd), learningRate: 0.1 },
    path: 'learningRate',
    says: ['default pair', 'has 1 variant(s)'],
  },
  {
    title: 'the threshold of the default pair beside variants',
    request: { ...variants(sgd), threshold: 1 },
    path: 'threshold',
    says: ['default pair'],
  },
  {
    title: 'a negative threshold of the default pair',
    request: { ...quartic, threshold: -1 },
    path: 'threshold',
    says: ['must be >= 0', 'got -1'],
  },
  {
    title: 'a negative learning rate of the default pair',
    request: { ...quartic, learningRate: -1 },
    path: 'learningRate',
    says: ['must be >= 0', 'got -1'],
  },
  {
    title: 'a start of another size',
    request: { objective: { quartic: { dimension: 2 } }, start: [{ shape: [1], values: [1] }] },
    path: 'start[0].shape',
    says: ['"x" has shape [2]', 'got [1]'],
  },
  {
    title: 'a bound that is not known',
    request: { objective: { rosenbrock: {} }, metrics: { fields: ['bound'] } },
    path: 'constants',
    says: ['needs l0 and l1', 'rosenbrock'],
  },
  {
    title: 'a trace whose rows are too many together, though not of one variant',
    request: { ...quartic, budget: { maxIterations: 600_000 }, metrics: { trace: true } },
    path: 'metrics.trace',
    says: ['at most 1000000 rows', 'got 1200000'],
  },
  {
    title: 'bounds of a search the wrong way round',
    request: search({ lower: 2, upper: 1 }),
    path: 'search.lower',
    says: ['must be <= search.upper = 1', 'got 2'],
  },
  {
    title: 'a search from nothing',
    request: { ...search({}), learningRate: 0 },
    path: 'learningRate',
    says: ['must be > 0', 'got 0'],
  },
  {
    title: 'a search from nothing in a variant',
    request: { ...variants({ optimizer: { sgd: { learningRate: 0 } } }), search: {} },
    path: 'variants[0].optimizer.sgd.learningRate',
    says: ['must be > 0', 'got 0'],
  },
  {
    title: 'a search without a learning rate',
    request: { ...variants(sgd, { optimizer: { polyak: { minimum: 0 } } }), search: {} },
    path: 'variants[1].optimizer.polyak',
    says: ['has no learningRate'],
  },
  {
    title: 'a search that never ends',
    request: search({ tolerance: 0 }),
    path: 'search.tolerance',
    says: ['must be >= 1e-12', 'got 0'],
  },
  {
    title: 'trials of no iterations',
    request: search({ iterations: 0 }),
    path: 'search.iterations',
    says: ['must be >= 1', 'got 0'],
  },
  {
    title: 'variants in an object',
    request: { ...quartic, variants: { a: sgd } },
    path: 'variants',
    says: ['expected array'],
    only: 'REST',
  },
  {
    title: 'thousands of variants',
    request: variants(...new Array<object>(5000).fill(sgd)),
    reason: 'COST_LIMIT',
    says: ['variants', '5000', '1000'],
    metadata: { unit: 'variants', estimate: '5000', limit: '1000' },
  },
];

refusals('Compare refuses', 'Compare', rows);

const few = (floatingPointOperations: number, request: object, title: string): Row => ({
  title,
  request,
  reason: 'COST_LIMIT',
  says: [`about ${floatingPointOperations} floating-point operations`, 'the limit is 1000'],
});
const nine = { ...quartic, budget: { maxIterations: 9 } };

refusals(
  'Compare refuses what costs more than the operator allows',
  'Compare',
  [
    // An evaluation takes 17 operations. A search takes 20 steps to a bound and nine more trials at most.
    few(6 * 170, { ...nine, variants: new Array<object>(6).fill(sgd) }, 'in all its variants'),
    few(2 * (170 + 29 * 34), { ...nine, search: { iterations: 1 } }, 'in all trials of its searches'),
  ],
  { MAX_OPERATIONS: '1000' },
);

const vast = {
  objective: { quartic: { dimension: 100_000_000 } },
  variants: [sgd, { optimizer: { adam: {} } }],
};
refusals('Compare refuses what needs more memory than the operator allows', 'Compare', [
  {
    title: 'in one variant',
    request: vast,
    reason: 'COST_LIMIT',
    says: ['bytes', 'the limit is 1073741824'],
  },
]);
