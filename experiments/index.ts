import { acceleration } from './acceleration.js';
import type { Experiment } from './experiment.js';

export const experiments: readonly Experiment[] = [acceleration] as unknown as readonly Experiment[];
