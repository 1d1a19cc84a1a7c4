import { registry } from '../plugin.js';
import { ackley } from './ackley.js';
import { beale } from './beale.js';
import { cliff } from './cliff.js';
import { cosh } from './cosh.js';
import { cubic } from './cubic.js';
import { doubleWell } from './double-well.js';
import { exponential } from './exponential.js';
import { expression } from './expression/index.js';
import { hardInstance } from './hard-instance.js';
import { himmelblau } from './himmelblau.js';
import { languageModel } from './language-model/language-model.js';
import { logSumExp } from './log-sum-exp.js';
import { matrixFactorization } from './matrix-factorization.js';
import { mlp } from './mlp.js';
import type { ObjectiveKind } from './objective.js';
import { phaseRetrieval } from './phase-retrieval.js';
import { polynomial } from './polynomial.js';
import { power } from './power.js';
import { quadratic } from './quadratic.js';
import { quartic } from './quartic.js';
import { rastrigin } from './rastrigin.js';
import { recurrent } from './recurrent/recurrent.js';
import { huberRegression } from './regression/huber.js';
import { linearRegression } from './regression/linear.js';
import { logisticRegression } from './regression/logistic.js';
import { poissonRegression } from './regression/poisson.js';
import { softmaxRegression } from './regression/softmax.js';
import { residualNetwork } from './residual-network.js';
import { rosenbrock } from './rosenbrock.js';
import { scalarRnn } from './scalar-rnn.js';

export const objectives = registry<ObjectiveKind>('objective', [
  quartic,
  quadratic,
  rosenbrock,
  hardInstance,
  linearRegression,
  logisticRegression,
  softmaxRegression,
  power,
  cubic,
  cosh,
  exponential,
  doubleWell,
  polynomial,
  himmelblau,
  beale,
  rastrigin,
  ackley,
  logSumExp,
  phaseRetrieval,
  matrixFactorization,
  cliff,
  scalarRnn,
  huberRegression,
  poissonRegression,
  mlp,
  recurrent,
  languageModel,
  expression,
  residualNetwork,
]);
