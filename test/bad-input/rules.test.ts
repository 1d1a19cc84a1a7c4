import { type Row, refusals } from '../support/refusals.js';

const rule = { globalNorm: { threshold: 1 } };
const g = { shape: [2], values: [3, 4] };
const clip = (clipping: unknown) => ({ gradients: [g], clipping });

const rules: Row[] = [
  {
    title: 'a negative threshold',
    request: clip({ globalNorm: { threshold: -1 } }),
    path: 'clipping.globalNorm.threshold',
    says: ['must be >= 0', 'got -1'],
  },
  {
    title: 'a threshold that is NaN',
    request: clip({ globalNorm: { threshold: Number.NaN } }),
    path: 'clipping.globalNorm.threshold',
    says: ['must be a number, not NaN'],
  },
  {
    title: 'a threshold of minus infinity',
    request: clip({ perTensorNorm: { threshold: -Infinity } }),
    path: 'clipping.perTensorNorm.threshold',
    says: ['must be >= 0', '-Infinity'],
  },
  {
    title: 'no threshold',
    request: clip({ globalNorm: {} }),
    path: 'clipping.globalNorm.threshold',
    says: ['is required'],
  },
  {
    title: 'a norm of order 0',
    request: clip({ globalNorm: { threshold: 1, norm: 0 } }),
    path: 'clipping.globalNorm.norm',
    says: ['must be > 0', 'got 0'],
  },
  {
    title: 'an infinite epsilon',
    request: clip({ globalNorm: { threshold: 1, epsilon: Infinity } }),
    path: 'clipping.globalNorm.epsilon',
    says: ['must be finite', 'Infinity'],
  },
  {
    title: 'a negative epsilon',
    request: clip({ perTensorNorm: { threshold: 1, epsilon: -1e-6 } }),
    path: 'clipping.perTensorNorm.epsilon',
    says: ['must be >= 0', 'got -0.000001'],
  },
  {
    title: 'two rules in one clipping',
    request: clip({ globalNorm: { threshold: 1 }, value: { threshold: 1 } }),
    path: 'clipping',
    says: ['needs exactly one clipping rule', 'globalNorm', 'got 2'],
  },
  {
    title: 'a clipping without a rule',
    request: clip({}),
    path: 'clipping',
    says: ['needs exactly one clipping rule', 'got 0'],
  },
  { title: 'no clipping', request: { gradients: [g] }, path: 'clipping', says: ['is required'] },
  {
    title: 'a value rule without bounds',
    request: clip({ value: {} }),
    path: 'clipping.value',
    says: ['needs either threshold, or min and max'],
  },
  {
    title: 'a value rule with a threshold and a minimum',
    request: clip({ value: { threshold: 1, min: -1 } }),
    path: 'clipping.value',
    says: ['needs either threshold, or min and max'],
  },
  {
    title: 'a minimum without a maximum',
    request: clip({ value: { min: -1 } }),
    path: 'clipping.value',
    says: ['min and max go together'],
  },
  {
    title: 'a minimum above the maximum',
    request: clip({ value: { min: 2, max: 1 } }),
    path: 'clipping.value.min',
    says: ['must be <= max (1)', 'got 2'],
  },
  {
    title: 'an unknown policy for what is not finite',
    request: { ...clip(rule), nonFinite: 'IGNORE' },
    path: 'nonFinite',
    says: ['"REJECT", "PROPAGATE", "ZERO", "SKIP"', 'got "IGNORE"'],
  },
  {
    title: 'an unknown rule',
    request: clip({ magic: {} }),
    path: 'clipping.magic',
    says: ['unknown field'],
    only: 'REST',
  },
  {
    title: 'an unknown parameter of a rule',
    request: clip({ globalNorm: { threshold: 1, treshold: 2 } }),
    path: 'clipping.globalNorm.treshold',
    says: ['unknown field'],
    only: 'REST',
  },
  {
    title: 'an unknown field of the request',
    request: { ...clip(rule), gradient: [] },
    path: 'gradient',
    says: ['unknown field'],
    only: 'REST',
  },
  {
    title: 'a threshold in words',
    request: clip({ globalNorm: { threshold: 'one' } }),
    path: 'clipping.globalNorm.threshold',
    says: ['expected a number', 'got "one"'],
    only: 'REST',
  },
  {
    title: 'a rule that is a list',
    request: clip([{ globalNorm: { threshold: 1 } }]),
    path: 'clipping',
    says: ['expected object', 'got an array of 1'],
    only: 'REST',
  },
  {
    title: 'a switch that is a number',
    request: { ...clip(rule), scaleOnly: 1 },
    path: 'scaleOnly',
    says: ['expected boolean', 'got 1'],
    only: 'REST',
  },
];

refusals('Clip refuses', 'Clip', rules);
