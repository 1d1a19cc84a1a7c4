import { registry } from '../plugin.js';
import { chain } from './chain.js';
import { globalNorm } from './global-norm.js';
import { groups } from './groups.js';
import { recursive } from './nested.js';
import { none } from './none.js';
import { perTensorNorm } from './per-tensor-norm.js';
import type { Rule } from './rule.js';
import { value } from './value.js';

export const clipping = recursive((inner) =>
  registry<Rule>('clipping rule', [none, globalNorm, perTensorNorm, value, chain(inner), groups(inner)]),
);
