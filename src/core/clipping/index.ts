import { registry } from '../plugin.js';
import { globalNorm } from './global-norm.js';
import { none } from './none.js';
import { perTensorNorm } from './per-tensor-norm.js';
import type { Rule } from './rule.js';
import { value } from './value.js';

export const clipping = registry<Rule>('clipping rule', [none, globalNorm, perTensorNorm, value]);
