import { type Row, refusals } from '../support/refusals.js';

const given = { constants: { l0: 1, l1: 1 }, gap: 1, epsilon: 0.1 };
const known = { objective: { quartic: {} }, epsilon: 0.1 };

const rows: Row[] = [
  { title: 'no ε', request: { ...given, epsilon: undefined }, path: 'epsilon', says: ['is required'] },
  { title: 'an ε of 0', request: { ...given, epsilon: 0 }, path: 'epsilon', says: ['must be > 0', 'got 0'] },
  {
    title: 'a negative threshold',
    request: { ...given, threshold: -1 },
    path: 'threshold',
    says: ['must be > 0'],
  },
  {
    title: 'a threshold of 0',
    request: { ...given, threshold: 0 },
    path: 'threshold',
    says: ['must be > 0', 'got 0'],
  },
  {
    title: 'a polynomial that is unbounded below',
    request: { objective: { polynomial: { coefficients: [0, 0, 1, -1] } }, epsilon: 1 },
    path: 'constants.minimum',
    says: ['unbounded below'],
  },
  { title: 'a gap of 0', request: { ...given, gap: 0 }, path: 'gap', says: ['must be > 0'] },
  { title: 'no gap', request: { ...given, gap: undefined }, path: 'gap', says: ['without an objective'] },
  {
    title: 'nothing to start from',
    request: { gap: 1, epsilon: 1 },
    path: 'constants',
    says: ['needs l0 and l1'],
  },
  {
    title: 'L0 without L1',
    request: { ...given, constants: { l0: 1 } },
    path: 'constants',
    says: ['needs both l0 and l1'],
  },
  {
    title: 'constants that are 0',
    request: { ...given, constants: { l0: 0, l1: 0 } },
    path: 'constants',
    says: ['must not both be 0'],
  },
  {
    title: 'constants and an estimate',
    request: { ...given, estimate: { l0: 1, l1: 1 } },
    path: 'estimate',
    says: ['cannot go with constants'],
  },
  {
    title: 'a minimum above f(x0)',
    request: { ...known, constants: { minimum: 1e6 } },
    path: 'constants.minimum',
    says: ['must not be above f(x0) = 10000', 'got 1000000'],
  },
  {
    title: 'a start at the minimum',
    request: { ...known, start: [{ shape: [1], values: [0] }] },
    path: 'start',
    says: ['is a minimum already'],
  },
  {
    title: 'a start that is no point of the function',
    request: { ...known, start: [{ shape: [1], values: [1e200] }] },
    path: 'start',
    says: ['needs a finite f(x0), got Infinity'],
  },
  {
    title: 'an objective without constants',
    request: { objective: { rosenbrock: {} }, epsilon: 1 },
    path: 'constants',
    says: ['needs l0 and l1', 'rosenbrock'],
  },
  {
    title: 'an objective that is unbounded below',
    request: { objective: { cubic: {} }, epsilon: 1 },
    path: 'constants.minimum',
    says: ['unbounded below'],
  },
  {
    title: 'a curve of no steps',
    request: { ...given, iterations: [0] },
    path: 'iterations[0]',
    says: ['>= 1'],
  },
];

refusals('RecommendStepSize refuses', 'RecommendStepSize', rows);
