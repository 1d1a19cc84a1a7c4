import { registry } from '../plugin.js';
import { adam } from './adam.js';
import type { Optimizer } from './optimizer.js';
import { sgd } from './sgd.js';

export const optimizers = registry<Optimizer>('optimizer', [sgd, adam]);
