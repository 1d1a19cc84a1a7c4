import { registry } from '../plugin.js';
import { hardInstance } from './hard-instance.js';
import type { ObjectiveKind } from './objective.js';
import { quadratic } from './quadratic.js';
import { quartic } from './quartic.js';
import { linearRegression } from './regression/linear.js';
import { logisticRegression } from './regression/logistic.js';
import { softmaxRegression } from './regression/softmax.js';
import { rosenbrock } from './rosenbrock.js';

export const objectives = registry<ObjectiveKind>('objective', [
  quartic,
  quadratic,
  rosenbrock,
  hardInstance,
  linearRegression,
  logisticRegression,
  softmaxRegression,
]);
