import { type Row, refusals } from '../support/refusals.js';

const vector = (...values: number[]) => ({ shape: [values.length], values });
const good = {
  parameters: [vector(1, 2)],
  gradients: [vector(3, 4)],
  optimizer: { sgd: { learningRate: 0.1 } },
};
const optimizer = (spec: unknown) => ({ ...good, optimizer: spec });
const schedule = (spec: unknown) => ({ ...good, schedule: spec });

const rows: Row[] = [
  {
    title: 'fewer gradients than parameters',
    request: { ...good, parameters: [vector(1, 2), vector(1)] },
    path: 'gradients',
    says: ['needs 2 tensor(s)', 'got 1'],
  },
  {
    title: 'a gradient of another shape',
    request: { ...good, gradients: [vector(1, 2, 3)] },
    path: 'gradients[0].shape',
    says: ['must be [2]', 'got [3]'],
  },
  {
    title: 'a gradient of the same size in another shape',
    request: { ...good, gradients: [{ shape: [2, 1], values: [3, 4] }] },
    path: 'gradients[0].shape',
    says: ['must be [2]', 'got [2, 1]'],
  },
  {
    title: 'a gradient of another element type',
    request: { ...good, gradients: [{ ...vector(3, 4), dtype: 'float32' }] },
    path: 'gradients[0].dtype',
    says: ['must be float64', 'got float32'],
  },
  {
    title: 'a gradient that is not finite',
    request: { ...good, gradients: [vector(3, Number.NaN)] },
    path: 'gradients[0].values[1]',
    says: ['is NaN in tensor "0"'],
  },
  {
    title: 'no optimizer',
    request: { ...good, optimizer: undefined },
    path: 'optimizer',
    says: ['is required'],
  },
  {
    title: 'an optimizer without a kind',
    request: optimizer({}),
    path: 'optimizer',
    says: ['needs exactly one optimizer of sgd, adam', 'got 0'],
  },
  {
    title: 'two optimizers',
    request: optimizer({ sgd: {}, adam: {} }),
    path: 'optimizer',
    says: ['needs exactly one optimizer', 'got 2'],
  },
  {
    title: 'a negative learning rate',
    request: optimizer({ sgd: { learningRate: -0.1 } }),
    path: 'optimizer.sgd.learningRate',
    says: ['must be >= 0', 'got -0.1'],
  },
  {
    title: 'an infinite learning rate',
    request: optimizer({ adam: { learningRate: Infinity } }),
    path: 'optimizer.adam.learningRate',
    says: ['must be finite', 'Infinity'],
  },
  {
    title: 'a momentum that is NaN',
    request: optimizer({ sgd: { momentum: Number.NaN } }),
    path: 'optimizer.sgd.momentum',
    says: ['must be a number, not NaN'],
  },
  {
    title: 'Nesterov without momentum',
    request: optimizer({ sgd: { nesterov: true } }),
    path: 'optimizer.sgd.nesterov',
    says: ['needs momentum > 0 and dampening = 0'],
  },
  {
    title: 'a beta of 1',
    request: optimizer({ adam: { betas: [0.9, 1] } }),
    path: 'optimizer.adam.betas[1]',
    says: ['must be < 1', 'got 1'],
  },
  {
    title: 'one beta',
    request: optimizer({ adam: { betas: [0.9] } }),
    path: 'optimizer.adam.betas',
    says: ['must have a length', 'got an array of 1'],
  },
  {
    title: 'three betas',
    request: optimizer({ adam: { betas: [0.9, 0.99, 0.999] } }),
    path: 'optimizer.adam.betas',
    says: ['must have a length', 'got an array of 3'],
  },
  {
    title: 'a negative eps',
    request: optimizer({ adam: { eps: -1 } }),
    path: 'optimizer.adam.eps',
    says: ['must be >= 0', 'got -1'],
  },
  {
    title: 'Polyak’s step without the value',
    request: optimizer({ polyak: { minimum: 0 } }),
    path: 'value',
    says: ['is needed by polyak', 'f at the parameters'],
  },
  {
    title: 'Polyak’s step without the least value',
    request: { ...optimizer({ polyak: {} }), value: 1 },
    path: 'optimizer.polyak.minimum',
    says: ['is required'],
  },
  {
    title: 'a value that is not finite',
    request: { ...optimizer({ polyak: { minimum: 0 } }), value: Infinity },
    path: 'value',
    says: ['must be finite', 'Infinity'],
  },
  {
    title: 'a search that would have to evaluate the objective',
    request: optimizer({ backtracking: {} }),
    path: 'optimizer.backtracking',
    says: ['only /v1/full-run (FullRun) can do'],
  },
  {
    title: 'a search that does not shrink',
    request: optimizer({ backtracking: { shrink: 1 } }),
    path: 'optimizer.backtracking.shrink',
    says: ['must be < 1', 'got 1'],
  },
  {
    title: 'a search of no trials',
    request: optimizer({ backtracking: { maxTrials: 0 } }),
    path: 'optimizer.backtracking.maxTrials',
    says: ['must be >= 1', 'got 0'],
  },
  {
    title: 'an adaptive step without a constant',
    request: optimizer({ adaptiveStep: { l0: 0, l1: 0 } }),
    path: 'optimizer.adaptiveStep',
    says: ['l0 and l1 must not both be 0'],
  },
  {
    title: 'an adaptive step of an unknown form',
    request: optimizer({ adaptiveStep: { l0: 1, l1: 1, form: 'SOFT' } }),
    path: 'optimizer.adaptiveStep.form',
    says: ['HESSIAN_OPTIMAL', 'HARD', 'got "SOFT"'],
  },
  {
    title: 'a mixture of more than the whole',
    request: optimizer({ mixedClip: { nu: 1.5 } }),
    path: 'optimizer.mixedClip.nu',
    says: ['must be <= 1', 'got 1.5'],
  },
  {
    title: 'a momentum that forgets nothing',
    request: optimizer({ momentumClip: { beta: 1 } }),
    path: 'optimizer.momentumClip.beta',
    says: ['must be < 1', 'got 1'],
  },
  {
    title: 'a momentum beside the one that needs no parameters',
    request: optimizer({ normalizedSgd: { momentum: 0.5, parameterAgnostic: true } }),
    path: 'optimizer.normalizedSgd.momentum',
    says: ['leave one of the two out', 'got 0.5'],
  },
  {
    title: 'an optimizer that evaluates the objective',
    request: optimizer({ lbfgs: {} }),
    path: 'optimizer.lbfgs',
    says: ['evaluates the objective several times', '/v1/full-run (FullRun)'],
  },
  {
    title: 'a decay of beta that grows',
    request: optimizer({ adafactor: { beta2Decay: 0.5 } }),
    path: 'optimizer.adafactor.beta2Decay',
    says: ['must be <= 0', 'got 0.5'],
  },
  {
    title: 'a factor that grows where it should shrink',
    request: optimizer({ rprop: { etas: [1.2, 1.5] } }),
    path: 'optimizer.rprop.etas[0]',
    says: ['must be < 1', 'got 1.2'],
  },
  {
    title: 'a least step length above the greatest',
    request: optimizer({ rprop: { stepSizes: [2, 1] } }),
    path: 'optimizer.rprop.stepSizes',
    says: ['must be a least and a greatest', 'got 2 and 1'],
  },
  {
    title: 'two betas where there are three',
    request: optimizer({ adan: { betas: [0.9, 0.99] } }),
    path: 'optimizer.adan.betas',
    says: ['must have a length', 'got an array of 2'],
  },
  {
    title: 'coefficients that are not three an iteration',
    request: optimizer({ muon: { nsCoeffs: [3, -4, 2, 1] } }),
    path: 'optimizer.muon.nsCoeffs',
    says: ['needs 3 numbers, or 3 for each of at most nsSteps iterations', 'got 4'],
  },
  {
    title: 'an unknown preconditioning',
    request: optimizer({ muon: { preconditioning: 'nuclear' } }),
    path: 'optimizer.muon.preconditioning',
    says: ['frobenius', 'nuclear'],
  },
  {
    title: 'two initial steps',
    request: optimizer({ dog: { initStep: { distance: 1, heuristic: 1 } } }),
    path: 'optimizer.dog.initStep',
    says: ['needs exactly one initial step', 'got 2'],
    only: 'REST',
  },
  {
    title: 'no weight of the average',
    request: optimizer({ scheduleFreeSgd: { beta: 0 } }),
    path: 'optimizer.scheduleFreeSgd.beta',
    says: ['must be > 0', 'got 0'],
  },
  {
    title: 'a schedule without a kind',
    request: schedule({}),
    path: 'schedule',
    says: ['needs exactly one schedule of constant, cosine', 'got 0'],
  },
  {
    title: 'a schedule of no steps',
    request: schedule({ cosine: { steps: 0 } }),
    path: 'schedule.cosine.steps',
    says: ['must be >= 1', 'got 0'],
  },
  {
    title: 'a schedule whose steps are missing',
    request: schedule({ cosine: {} }),
    path: 'schedule.cosine.steps',
    says: ['is required'],
  },
  {
    title: 'an exponent of 0',
    request: schedule({ cosine: { steps: 5, exponent: 0 } }),
    path: 'schedule.cosine.exponent',
    says: ['must be > 0', 'got 0'],
  },
  {
    title: 'a schedule of half a step',
    request: schedule({ cosine: { steps: 1.5 } }),
    path: 'schedule.cosine.steps',
    says: ['expected an integer', 'got 1.5'],
    only: 'REST',
  },
  {
    title: 'a state that is not base64',
    request: { ...good, state: '*' },
    path: 'state',
    says: ['expected base64 text', 'got "*"'],
    only: 'REST',
  },
  {
    title: 'a state that is a number',
    request: { ...good, state: 7 },
    path: 'state',
    says: ['expected base64 text', 'got 7'],
    only: 'REST',
  },
];

refusals('GradientStep refuses', 'GradientStep', rows);
refusals('GradientStep refuses a request without tensors:', 'GradientStep', [
  {
    title: 'gradients but no parameters',
    request: { ...good, parameters: [] },
    path: 'gradients',
    says: ['needs 0 tensor(s)', 'got 1'],
  },
]);
