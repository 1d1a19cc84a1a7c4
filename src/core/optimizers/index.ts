import { registry } from '../plugin.js';
import { adam } from './adam.js';
import { adaptiveStep } from './adaptive-step.js';
import { backtracking } from './backtracking.js';
import { mixedClip } from './mixed-clip.js';
import { momentumClip } from './momentum-clip.js';
import { normalizedSgd } from './normalized-sgd.js';
import type { Optimizer } from './optimizer.js';
import { polyak } from './polyak.js';
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
]);
