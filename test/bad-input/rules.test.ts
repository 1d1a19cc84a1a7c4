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
    says: ['unknown field (known: none, globalNorm, perTensorNorm, value, ', 'got an object'],
    only: 'REST',
  },
  {
    title: 'an unknown parameter of a rule',
    request: clip({ globalNorm: { threshold: 1, treshold: 2 } }),
    path: 'clipping.globalNorm.treshold',
    says: ['unknown field (known: threshold, norm, epsilon), got 2'],
    only: 'REST',
  },
  {
    title: 'an unknown field of the request',
    request: { ...clip(rule), gradient: [] },
    path: 'gradient',
    says: ['unknown field (known: gradients, ', 'got an array of 0'],
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

const own: Row[] = [
  {
    title: 'a rule of Keras without a threshold',
    request: clip({ keras: {} }),
    path: 'clipping.keras',
    says: ['exactly one of clipNorm, globalClipNorm and clipValue', 'got 0'],
  },
  {
    title: 'a rule of Keras with two thresholds',
    request: clip({ keras: { clipNorm: 1, clipValue: 1 } }),
    path: 'clipping.keras',
    says: ['exactly one of', 'got 2'],
  },
  ...['smooth', 'blockRms', 'perExample', 'lecture', 'torch', 'optax'].map((kind) => ({
    title: `a negative threshold of ${kind}`,
    request: clip({ [kind]: { threshold: -1 } }),
    path: `clipping.${kind}.threshold`,
    says: ['must be >= 0', 'got -1'],
  })),
  {
    title: 'a gradient whose norm is infinite, if PyTorch would',
    request: {
      gradients: [{ shape: [2], values: [1e200, 1e200] }],
      clipping: { torch: { threshold: 1, errorIfNonfinite: true } },
    },
    path: 'gradients',
    says: ['have the norm Infinity'],
  },
  {
    title: 'to normalize to the length 0',
    request: clip({ normalize: { scale: 0 } }),
    path: 'clipping.normalize.scale',
    says: ['must be > 0', 'got 0'],
  },
  {
    title: 'adaptive clipping without parameters',
    request: clip({ adaptive: {} }),
    path: 'parameters',
    says: ['are needed by adaptive'],
  },
  {
    title: 'axes that a tensor lacks',
    request: {
      gradients: [{ name: 'W', shape: [2, 1], values: [3, 4] }],
      parameters: [{ name: 'W', shape: [2, 1], values: [3, 4] }],
      clipping: { adaptive: { axes: [2, 3] } },
    },
    path: 'clipping.adaptive.axes',
    says: ['has no axis of tensor "W" with shape [2, 1]'],
  },
  {
    title: 'more to compare with names than takes a moment',
    request: {
      gradients: Array.from({ length: 300 }, (_, i) => ({
        name: `${i}`.padStart(256, 'a'),
        shape: [],
        values: [1],
      })),
      parameters: Array.from({ length: 300 }, () => ({ shape: [], values: [1] })),
      clipping: { adaptive: { exclude: Array.from({ length: 16 }, () => `*${'a'.repeat(254)}*`) } },
    },
    path: 'clipping.adaptive.exclude',
    says: ['takes too long'],
  },
  {
    title: 'a tensor without examples',
    request: { gradients: [{ shape: [], values: [3] }], clipping: { perExample: { threshold: 1 } } },
    path: 'gradients[0].shape',
    says: ['must have the examples as axis 0', 'got []'],
  },
  {
    title: 'no example at all',
    request: { gradients: [{ shape: [0, 3], values: [] }], clipping: { perExample: { threshold: 1 } } },
    path: 'gradients[0].shape',
    says: ['must have the examples as axis 0', 'got [0, 3]'],
  },
  {
    title: 'tensors of different examples',
    request: {
      gradients: [
        { shape: [2, 1], values: [3, 4] },
        { shape: [3], values: [3, 4, 5] },
      ],
      clipping: { perExample: { threshold: 1 } },
    },
    path: 'gradients[1].shape',
    says: ['like gradients[0], 2 of them', 'got [3]'],
  },
  {
    title: 'noise in proportion to an infinite threshold',
    request: clip({ perExample: { threshold: Infinity, noiseMultiplier: 1 } }),
    path: 'clipping.perExample.threshold',
    says: ['must be finite with noise'],
  },
  {
    title: 'a projection onto two sets',
    request: clip({ project: { l2Ball: {}, l1Ball: {} } }),
    path: 'clipping.project',
    says: ['needs exactly one set', 'got 2'],
  },
  {
    title: 'a box without room',
    request: clip({ project: { box: { lower: 1, upper: 0 } } }),
    path: 'clipping.project.box.lower',
    says: ['must be <= upper (0)', 'got 1'],
  },
  {
    title: 'a plane of another space',
    request: clip({ project: { halfspace: { normal: [1, 2, 3] } } }),
    path: 'clipping.project.halfspace.normal',
    says: ['must have 2 numbers like the gradient, got 3'],
  },
  {
    title: 'layers by another name',
    request: clip({ perExample: { threshold: 1, layers: 'EACH' } }),
    path: 'clipping.perExample.layers',
    says: ['"JOINT", "UNIFORM", "BY_SIZE"', 'got "EACH"'],
  },
];

const none = { none: {} };
const chainOf = (...parts: object[]) => ({ chain: { rules: parts } });
/** `inner` inside `depth` chains. */
const nested = (depth: number, inner: object): object =>
  depth === 0 ? inner : chainOf(nested(depth - 1, inner));
const named = (...names: string[]) => ({ names, clipping: none });
const groups = (...list: object[]) => ({ groups: { groups: list } });
const inChain = 'clipping.chain.rules[0]';

const composed: Row[] = [
  {
    title: 'a wrong parameter deep inside a chain',
    request: clip(nested(3, { globalNorm: { threshold: -1 } })),
    path: `${inChain}.chain.rules[0].chain.rules[0].globalNorm.threshold`,
    says: ['must be >= 0', 'got -1'],
  },
  {
    title: 'a part with two rules',
    request: clip(chainOf({ none: {}, value: { threshold: 1 } })),
    path: inChain,
    says: ['needs exactly one clipping rule', 'got 2'],
  },
  {
    title: 'a fifth level of rules',
    request: clip(nested(5, none)),
    path: `${inChain}.chain.rules[0].chain.rules[0].chain.rules[0].chain.rules[0]`,
    says: ['rules may be nested at most 4 deep'],
  },
  {
    title: 'twenty levels of rules',
    request: clip(nested(20, none)),
    path: `${inChain}.chain.rules[0].chain.rules[0].chain.rules[0].chain.rules[0]`,
    says: ['rules may be nested at most 4 deep'],
  },
  {
    title: 'a chain of seventeen rules',
    request: clip(chainOf(...Array.from({ length: 17 }, () => none))),
    path: 'clipping.chain.rules',
    says: ['must have a length <= 16', 'got an array of 17'],
  },
  {
    title: 'more rules in all than 64',
    request: clip(
      chainOf(...Array.from({ length: 5 }, () => chainOf(...Array.from({ length: 13 }, () => none)))),
    ),
    path: 'clipping.chain',
    says: ['may have at most 64 rules inside', 'got 65'],
  },
  {
    title: 'a chain without rules',
    request: clip({ chain: {} }),
    path: 'clipping.chain.rules',
    says: ['is required'],
  },
  {
    title: 'a group that matches no tensor',
    request: clip(groups(named('0'), named('encoder.*', 'embed'))),
    path: 'clipping.groups.groups[1].names',
    says: ['no tensor is like "encoder.*", "embed"', 'there are "0"'],
  },
  {
    title: 'a group whose tensors belong to an earlier one, inside a chain',
    request: clip(chainOf(groups(named('*'), named('0')))),
    path: `${inChain}.groups.groups[1].names`,
    says: ['no tensor is like "0" that no earlier group has'],
  },
  {
    title: 'a group of no tensor, inside another group',
    request: clip(groups({ names: ['0'], clipping: groups(named('b')) })),
    path: 'clipping.groups.groups[0].clipping.groups.groups[0].names',
    says: ['no tensor is like "b"'],
  },
  {
    title: 'a group of no tensor, though only asked about',
    request: { ...clip(groups(named('b'))), validateOnly: true },
    path: 'clipping.groups.groups[0].names',
    says: ['no tensor is like "b"'],
  },
  {
    title: 'a group without a rule',
    request: clip(groups({ names: ['0'] })),
    path: 'clipping.groups.groups[0].clipping',
    says: ['is required'],
  },
];

refusals('Clip refuses', 'Clip', [...rules, ...own, ...composed]);
refusals('GradientStep refuses', 'GradientStep', [
  {
    title: 'gradients of examples that are not shaped like the parameters otherwise',
    request: {
      parameters: [{ shape: [2], values: [1, 2] }],
      gradients: [{ shape: [2, 3], values: [1, 2, 3, 4, 5, 6] }],
      clipping: { perExample: { threshold: 1 } },
      optimizer: { sgd: {} },
    },
    path: 'gradients[0].shape',
    says: ['must be [2, 2] like parameters[0]', 'got [2, 3]'],
  },
]);
refusals('FullRun refuses', 'FullRun', [
  {
    title: 'a rule for each example',
    request: {
      objective: { quartic: {} },
      clipping: { perExample: { threshold: 1 } },
      optimizer: { sgd: { learningRate: 0.01 } },
    },
    path: 'clipping.perExample',
    says: ['needs the gradient of each example', 'GradientStep'],
  },
  {
    title: 'a group that matches no tensor of the objective',
    request: {
      objective: { quartic: {} },
      optimizer: { sgd: { learningRate: 1 } },
      clipping: groups(named('W')),
    },
    path: 'clipping.groups.groups[0].names',
    says: ['no tensor is like "W"', 'there are "x"'],
  },
]);
