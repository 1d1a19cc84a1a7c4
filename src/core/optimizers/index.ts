import { registry } from '../plugin.js';
import { adadelta } from './adadelta.js';
import { adafactor } from './adafactor.js';
import { adagrad } from './adagrad.js';
import { adam } from './adam.js';
import { adamW } from './adam-w.js';
import { adamax } from './adamax.js';
import { asgd } from './asgd.js';
import { lbfgs } from './lbfgs.js';
import { nAdam } from './n-adam.js';
import type { Optimizer } from './optimizer.js';
import { rAdam } from './r-adam.js';
import { rmsprop } from './rmsprop.js';
import { rprop } from './rprop.js';
import { sgd } from './sgd.js';

export const optimizers = registry<Optimizer>('optimizer', [
  sgd,
  adam,
  adamW,
  nAdam,
  rAdam,
  adamax,
  rmsprop,
  adagrad,
  adadelta,
  adafactor,
  asgd,
  rprop,
  lbfgs,
]);
