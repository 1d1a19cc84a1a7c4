import { type Row, refusals } from '../support/refusals.js';

const vector = (...values: number[]) => ({ shape: [values.length], values });
const features = { shape: [3, 2], values: [1, 2, 3, 4, 5, 6] };
const objective = (spec: unknown) => ({ objective: spec });
const linear = (inline: object, rest: object = {}) =>
  objective({ linearRegression: { data: { inline }, ...rest } });

const functions: Row[] = [
  { title: 'no objective', request: {}, path: 'objective', says: ['is required'] },
  {
    title: 'an objective without a kind',
    request: objective({}),
    path: 'objective',
    says: ['needs exactly one objective of quartic, quadratic', 'got 0'],
  },
  {
    title: 'a function of no variables',
    request: objective({ quartic: { dimension: 0 } }),
    path: 'objective.quartic.dimension',
    says: ['must be >= 1', 'got 0'],
  },
  {
    title: 'a function of too many variables',
    request: objective({ quartic: { dimension: 100_000_001 } }),
    path: 'objective.quartic.dimension',
    says: ['must be <= 100000000', 'got 100000001'],
  },
  {
    title: 'the Rosenbrock function of one variable',
    request: objective({ rosenbrock: { dimension: 1 } }),
    path: 'objective.rosenbrock.dimension',
    says: ['must be >= 2', 'got 1'],
  },
  {
    title: 'the Rosenbrock function at one number',
    request: { ...objective({ rosenbrock: {} }), parameters: [vector(1)] },
    path: 'objective.rosenbrock',
    says: ['needs at least 2 parameters'],
  },
  {
    title: 'a power of the norm that is not above 1',
    request: objective({ power: { p: 1 } }),
    path: 'objective.power.p',
    says: ['must be > 1', 'got 1'],
  },
  {
    title: 'a polynomial without coefficients',
    request: objective({ polynomial: {} }),
    path: 'objective.polynomial.coefficients',
    says: [],
  },
  {
    title: 'a polynomial with a coefficient that is no number',
    request: objective({ polynomial: { coefficients: [1, Number.NaN] } }),
    path: 'objective.polynomial.coefficients[1]',
    says: ['must be a number, not NaN'],
  },
  {
    title: 'a function of two variables at three numbers',
    request: { ...objective({ himmelblau: {} }), parameters: [vector(1, 2, 3)] },
    path: 'parameters[0].shape',
    says: ['"x" has shape [2]', 'got [3]'],
  },
  {
    title: 'vectors that are no matrix',
    request: objective({ exponential: { vectors: vector(1, 2) } }),
    path: 'objective.exponential.vectors',
    says: ['must be vectors x coordinates', 'got shape [2]'],
  },
  {
    title: 'vectors of another dimension',
    request: objective({ exponential: { vectors: features, dimension: 3 } }),
    path: 'objective.exponential.dimension',
    says: ['vectors have 2 coordinates', 'got 3'],
  },
  {
    title: 'fewer offsets than vectors',
    request: objective({ logSumExp: { vectors: features, offsets: [1] } }),
    path: 'objective.logSumExp.offsets',
    says: ['needs 3 entries', 'got 1'],
  },
  {
    title: 'vectors without what was measured',
    request: objective({ phaseRetrieval: { vectors: features } }),
    path: 'objective.phaseRetrieval.targets',
    says: ['and vectors go together'],
  },
  {
    title: 'a number of vectors to draw beside given ones',
    request: objective({ phaseRetrieval: { vectors: features, targets: [1, 2, 3], count: 4 } }),
    path: 'objective.phaseRetrieval.count',
    says: ['these are given'],
  },
  {
    title: 'the factors of a vector',
    request: objective({ matrixFactorization: { matrix: vector(1, 2) } }),
    path: 'objective.matrixFactorization.matrix',
    says: ['must be rows x columns', 'got shape [2]'],
  },
  {
    title: 'factors without columns',
    request: objective({ matrixFactorization: { matrix: features, rank: 0 } }),
    path: 'objective.matrixFactorization.rank',
    says: ['must be >= 1', 'got 0'],
  },
  {
    title: 'targets of another length than the inputs',
    request: objective({ scalarRnn: { inputs: [1, 2], targets: [1] } }),
    path: 'objective.scalarRnn.targets',
    says: ['needs 2 entries', 'got 1'],
  },
  {
    title: 'a hard instance with L0 = 0',
    request: objective({ hardInstance: { l0: 0 } }),
    path: 'objective.hardInstance.l0',
    says: ['must be > 0', 'got 0'],
  },
  {
    title: 'a matrix that is not square',
    request: objective({ quadratic: { matrix: features } }),
    path: 'objective.quadratic.matrix.shape',
    says: ['must be square', 'got shape [3, 2]'],
  },
  {
    title: 'a matrix that is not symmetric',
    request: objective({ quadratic: { matrix: { shape: [2, 2], values: [1, 2, 3, 4] } } }),
    path: 'objective.quadratic.matrix',
    says: ['must be symmetric', 'entries (1, 0) and (0, 1) differ'],
  },
  {
    title: 'a matrix of NaN',
    request: objective({ quadratic: { matrix: { shape: [2, 2], values: [1, Number.NaN, Number.NaN, 1] } } }),
    path: 'objective.quadratic.matrix',
    says: ['must be symmetric'],
  },
  {
    title: 'a matrix and a diagonal',
    request: objective({ quadratic: { matrix: { shape: [1, 1], values: [1] }, diagonal: [1] } }),
    path: 'objective.quadratic',
    says: ['needs matrix or diagonal, not both'],
  },
  {
    title: 'a diagonal with an infinite entry',
    request: objective({ quadratic: { diagonal: [1, Infinity] } }),
    path: 'objective.quadratic.diagonal[1]',
    says: ['must be finite', 'Infinity'],
  },
  {
    title: 'a linear term of another size',
    request: objective({ quadratic: { diagonal: [1, 2], linear: [1] } }),
    path: 'objective.quadratic.linear',
    says: ['needs 2 entries', 'got 1'],
  },
  {
    title: 'sizes that disagree',
    request: objective({ quadratic: { diagonal: [1, 2], dimension: 3 } }),
    path: 'objective.quadratic',
    says: ['sizes 2 and 3 disagree'],
  },
  {
    title: 'parameters of another size than the dimension',
    request: { ...objective({ quartic: { dimension: 3 } }), parameters: [vector(1, 2)] },
    path: 'parameters[0].shape',
    says: ['"x" has shape [3]', 'got [2]'],
  },
  {
    title: 'two tensors where there is one',
    request: { ...objective({ quartic: { dimension: 2 } }), parameters: [vector(1), vector(2)] },
    path: 'parameters',
    says: ['needs 1 tensor(s) (x [2])', 'got 2'],
  },
  {
    title: 'parameters of two element types',
    request: { ...objective({ quartic: {} }), parameters: [vector(1), { ...vector(2), dtype: 'float32' }] },
    path: 'parameters[1].dtype',
    says: ['must be float64 like the others', 'got float32'],
  },
  {
    title: 'a direction of another size',
    request: { ...objective({ quartic: {} }), parameters: [vector(1)], directions: [[vector(1, 2)]] },
    path: 'directions[0][0].shape',
    says: ['"x" has shape [1]', 'got [2]'],
  },
  {
    title: 'the Hessian of 513 parameters',
    request: { ...objective({ quartic: { dimension: 513 } }), hessian: true },
    path: 'hessian',
    says: ['needs at most 512 parameters', 'got 513'],
  },
  {
    title: 'an unknown objective',
    request: objective({ sphere: {} }),
    path: 'objective.sphere',
    says: ['unknown field'],
    only: 'REST',
  },
];

const data: Row[] = [
  {
    title: 'no data',
    request: objective({ linearRegression: {} }),
    path: 'objective.linearRegression.data',
    says: ['is required'],
  },
  {
    title: 'no source of data',
    request: objective({ linearRegression: { data: {} } }),
    path: 'objective.linearRegression.data',
    says: ['needs exactly one source of inline, dataset', 'got 0'],
  },
  {
    title: 'two sources of data',
    request: objective({
      linearRegression: { data: { inline: { features, targets: vector(1, 2, 3) }, dataset: { name: 'a' } } },
    }),
    path: 'objective.linearRegression.data',
    says: ['needs exactly one source', 'got 2'],
  },
  {
    title: 'features that are no matrix',
    request: linear({ features: vector(1, 2), targets: vector(1, 2) }),
    path: 'objective.linearRegression.data.inline.features',
    says: ['must be rows x columns', 'got shape [2]'],
  },
  {
    title: 'features without a row',
    request: linear({ features: { shape: [0, 2], values: [] }, targets: { shape: [0], values: [] } }),
    path: 'objective.linearRegression.data.inline.features',
    says: ['has no numbers', 'shape [0, 2]'],
  },
  {
    title: 'fewer targets than rows',
    request: linear({ features, targets: vector(1, 2) }),
    path: 'objective.linearRegression.data.inline.targets',
    says: ['needs 3 rows', 'got shape [2]'],
  },
  {
    title: 'held-out rows without targets',
    request: linear({ features, targets: vector(1, 2, 3), validationFeatures: features }),
    path: 'objective.linearRegression.data.inline.validationFeatures',
    says: ['and validationTargets go together'],
  },
  {
    title: 'a negative penalty',
    request: linear({ features, targets: vector(1, 2, 3) }, { l2: -1 }),
    path: 'objective.linearRegression.l2',
    says: ['must be >= 0', 'got -1'],
  },
  {
    title: 'batches of no rows',
    request: linear({ features, targets: vector(1, 2, 3) }, { batchSize: 0 }),
    path: 'objective.linearRegression.batchSize',
    says: ['must be >= 1', 'got 0'],
  },
  {
    title: 'an element type there is not',
    request: linear({ features, targets: vector(1, 2, 3) }, { dtype: 'int8' }),
    path: 'objective.linearRegression.dtype',
    says: ['"float64", "float32"', 'got "int8"'],
  },
  {
    title: 'a label that is neither 0 nor 1 nor -1',
    request: objective({ logisticRegression: { data: { inline: { features, targets: vector(0, 1, 2) } } } }),
    path: 'objective.logisticRegression.data',
    says: ['targets must be 0 and 1, or -1 and 1', 'got 2'],
  },
  {
    title: 'a label that is no integer',
    request: objective({ softmaxRegression: { data: { inline: { features, targets: vector(0, 1, 0.5) } } } }),
    path: 'objective.softmaxRegression.data',
    says: ['labels must be integers between 0 and 65535'],
  },
  {
    title: 'a label above the number of classes',
    request: objective({
      softmaxRegression: { classes: 2, data: { inline: { features, targets: vector(0, 1, 2) } } },
    }),
    path: 'objective.softmaxRegression.data',
    says: ['integers in [0, 2)', 'row 2 has 2'],
  },
  {
    title: 'two labels a row',
    request: objective({ softmaxRegression: { data: { inline: { features, targets: features } } } }),
    path: 'objective.softmaxRegression.data',
    says: ['needs one label a row', 'got 2'],
  },
  {
    title: 'a hidden layer without units',
    request: objective({ mlp: { hidden: [3, 0], data: { inline: { features, targets: vector(0, 1, 2) } } } }),
    path: 'objective.mlp.hidden[1]',
    says: ['>= 1', 'got 0'],
  },
  {
    title: 'an activation that is not known',
    request: objective({
      mlp: { activation: 'step', data: { inline: { features, targets: vector(0, 1, 2) } } },
    }),
    path: 'objective.mlp.activation',
    says: ['"tanh"', 'got "step"'],
  },
  {
    title: 'cross-entropy of numbers that are no labels',
    request: objective({
      mlp: { loss: 'crossEntropy', data: { inline: { features, targets: vector(0, 1, 0.5) } } },
    }),
    path: 'objective.mlp.data',
    says: ['one label per row'],
  },
  {
    title: 'classes where there are none',
    request: objective({ mlp: { classes: 3, data: { inline: { features, targets: vector(0, 1, 2) } } } }),
    path: 'objective.mlp.classes',
    says: ['crossEntropy', 'got meanSquaredError'],
  },
  {
    title: 'a negative count',
    request: objective({ poissonRegression: { data: { inline: { features, targets: vector(0, 1, -1) } } } }),
    path: 'objective.poissonRegression.data',
    says: ['counts, >= 0', 'row 2 has -1'],
  },
  {
    title: 'two counts a row',
    request: objective({ poissonRegression: { data: { inline: { features, targets: features } } } }),
    path: 'objective.poissonRegression.data',
    says: ['needs one count a row', 'got 2'],
  },
  {
    title: 'a Huber loss that is never quadratic',
    request: objective({
      huberRegression: { delta: 0, data: { inline: { features, targets: vector(0, 1, 2) } } },
    }),
    path: 'objective.huberRegression.delta',
    says: ['must be > 0', 'got 0'],
  },
];

refusals('Evaluate refuses', 'Evaluate', functions);
refusals('Evaluate refuses data:', 'Evaluate', data);
