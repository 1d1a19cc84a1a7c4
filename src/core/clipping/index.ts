import { registry } from '../plugin.js';
import { adaGc } from './ada-gc.js';
import { globalNorm } from './global-norm.js';
import { none } from './none.js';
import { perTensorNorm } from './per-tensor-norm.js';
import { percentile } from './percentile.js';
import { quantile } from './quantile.js';
import type { Rule } from './rule.js';
import { spike } from './spike.js';
import { value } from './value.js';
import { zScore } from './z-score.js';

export const clipping = registry<Rule>('clipping rule', [
  none,
  globalNorm,
  perTensorNorm,
  value,
  percentile,
  zScore,
  quantile,
  spike,
  adaGc,
]);
