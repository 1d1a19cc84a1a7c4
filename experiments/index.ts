import { acceleration } from './acceleration.js';
import { curvature } from './curvature.js';
import type { Experiment } from './experiment.js';
import { gradientFlow } from './gradient-flow.js';
import { learningRate } from './learning-rate.js';
import { noise } from './noise.js';
import { races } from './races.js';
import { residualNetwork } from './residual-network.js';
import { threshold } from './threshold.js';

/** In the order of docs/experiments.md. */
export const experiments: readonly Experiment[] = [
  curvature,
  learningRate,
  residualNetwork,
  acceleration,
  races,
  threshold,
  noise,
  gradientFlow,
];
