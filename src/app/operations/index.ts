import type { Operation } from '../operation.js';
import { analyzeGradientFlow } from './analyze-gradient-flow.js';
import { analyzeSmoothness } from './analyze-smoothness.js';
import { clip } from './clip.js';
import { combineNorms } from './combine-norms.js';
import { compare } from './compare.js';
import { evaluate } from './evaluate.js';
import { fullRun } from './full-run.js';
import { getCatalog } from './get-catalog.js';
import { gradientStep } from './gradient-step.js';
import { norm } from './norm.js';
import { recommendStepSize } from './recommend-step-size.js';

/** Everything callable, on every transport. */
export const operations: readonly Operation[] = [
  clip,
  gradientStep,
  evaluate,
  fullRun,
  getCatalog,
  norm,
  combineNorms,
  analyzeGradientFlow,
  analyzeSmoothness,
  recommendStepSize,
  compare,
];
