import { registry } from '../plugin.js';
import { adadelta } from './adadelta.js';
import { adafactor } from './adafactor.js';
import { adagrad } from './adagrad.js';
import { adam } from './adam.js';
import { adamW } from './adam-w.js';
import { adamax } from './adamax.js';
import { adaptiveStep } from './adaptive-step.js';
import { asgd } from './asgd.js';
import { backtracking } from './backtracking.js';
import { lbfgs } from './lbfgs.js';
import { mixedClip } from './mixed-clip.js';
import { momentumClip } from './momentum-clip.js';
import { nAdam } from './n-adam.js';
import { normalizedSgd } from './normalized-sgd.js';
import type { Optimizer } from './optimizer.js';
import { polyak } from './polyak.js';
import { rAdam } from './r-adam.js';
import { rmsprop } from './rmsprop.js';
import { rprop } from './rprop.js';
import { sgd } from './sgd.js';

export const optimizers = registry<Optimizer>('optimizer', [
  sgd,
  adam,
  momentumClip,
  mixedClip,
  normalizedSgd,
  adaptiveStep,
  polyak,
  backtracking,
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
