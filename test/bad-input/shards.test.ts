import { type Row, refusals } from '../support/refusals.js';

const g = { shape: [2], values: [3, 4] };
const rule = { globalNorm: { threshold: 1 } };
const clip = (more: object, clipping: object = rule) => ({ gradients: [g], clipping, ...more });
const partial = { order: 2, maxima: [1, 1], sums: [25, 144], squares: [25, 144] };

const totals: Row[] = [
  {
    title: 'a negative total',
    request: clip({ total: -1 }),
    path: 'total',
    says: ['must be >= 0', 'got -1'],
  },
  { title: 'a total that is NaN', request: clip({ total: Number.NaN }), path: 'total', says: ['not NaN'] },
  {
    title: 'an infinite total, which says too little',
    request: clip({ total: Infinity }),
    path: 'total',
    says: ['must be finite'],
  },
  {
    title: 'a total below the norm of what is here',
    request: clip({ total: 4.9 }),
    path: 'total',
    says: ['must be at least the norm 5 of these gradients alone', 'got 4.9'],
  },
  {
    title: 'a total below the norm of order 1 of what is here',
    request: clip({ total: 6.9 }, { globalNorm: { threshold: 1, norm: 1 } }),
    path: 'total',
    says: ['must be at least the norm 7 of these gradients alone', 'got 6.9'],
  },
  {
    title: 'a partial below the norm of what is here',
    request: clip({ partial: { order: 2, maxima: [1], sums: [16], squares: [16] } }),
    path: 'partial',
    says: ['must be at least the norm 5 of these gradients alone', 'got 4'],
  },
  {
    title: 'a total for a rule that takes nothing from other tensors',
    request: clip({ total: 13 }, { value: { threshold: 1 } }),
    path: 'total',
    says: ['is for rules that scale by the norm of the whole gradient; value does not'],
  },
  {
    title: 'a partial for a rule whose parts need more than one norm',
    request: clip({ partial }, { chain: { rules: [rule, rule] } }),
    path: 'partial',
    says: ['is for rules that scale by the norm of the whole gradient; chain does not'],
  },
  {
    title: 'a total and a partial',
    request: clip({ total: 13, partial }),
    path: 'partial',
    says: ['says the same as total'],
  },
  {
    title: 'a partial of another order',
    request: clip({ partial }, { globalNorm: { threshold: 1, norm: 3 } }),
    path: 'partial.order',
    says: ['must be 3 like that of globalNorm', 'got 2'],
  },
  {
    title: 'a partial of numbers that are not finite, where such are refused',
    request: clip({ partial: { ...partial, nonFinite: 2 } }),
    path: 'partial.nonFinite',
    says: ['nonFinite REJECT allows finite numbers only', 'got 2'],
  },
  {
    title: 'a partial that lacks a sum',
    request: clip({ partial: { ...partial, sums: [25] } }),
    path: 'partial.sums',
    says: ['needs 2 numbers, got 1'],
  },
  {
    title: 'a partial with squares that its order does not have',
    request: clip({ partial: { ...partial, order: 1 } }),
    path: 'partial.squares',
    says: ['needs 0 numbers, got 2'],
  },
  {
    title: 'a partial without an order',
    request: clip({ partial: { maxima: [1], sums: [1], squares: [1] } }),
    path: 'partial.order',
    says: ['is required'],
  },
  {
    title: 'a partial with a negative sum',
    request: clip({ partial: { ...partial, sums: [25, -1] } }),
    path: 'partial.sums[1]',
    says: ['must be >= 0', 'got -1'],
  },
  {
    title: 'a partial with a word',
    request: clip({ partial: { ...partial, maxima: [1, 'one'] } }),
    path: 'partial.maxima[1]',
    says: ['expected a number', 'got "one"'],
    only: 'REST',
  },
];
refusals('Clip of a shard refuses', 'Clip', totals);

const step = { parameters: [g], gradients: [g], optimizer: { sgd: { learningRate: 1 } } };
refusals('GradientStep of a shard refuses', 'GradientStep', [
  {
    title: 'a total below the norm of what is here',
    request: { ...step, clipping: rule, total: 4 },
    path: 'total',
    says: ['must be at least the norm 5'],
  },
]);

refusals('Norm refuses', 'Norm', [
  {
    title: 'an order of 0',
    request: { gradients: [g], norm: 0 },
    path: 'norm',
    says: ['must be > 0', 'got 0'],
  },
  {
    title: 'NaN',
    request: { gradients: [{ shape: [2], values: [1, Number.NaN] }] },
    path: 'gradients[0].values[1]',
    says: ['is NaN in tensor "0"'],
  },
]);

refusals('CombineNorms refuses', 'CombineNorms', [
  { title: 'nothing', request: {}, path: 'partials', says: ['is required'] },
  {
    title: 'norms of two orders',
    request: { partials: [partial, { order: 1, maxima: [1], sums: [1] }] },
    path: 'partials[1].order',
    says: ['must be 2 like the first', 'got 1'],
  },
]);
