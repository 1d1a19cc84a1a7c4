import {
  type AdamaxFactors,
  adamaxUpdate,
  type LookAheadFactors,
  lookAheadUpdate,
  type RootFactors,
  rootUpdate,
} from './adaptive.js';
import { CORRECTED, type Descent, follow, kernelFor, modeOf, VARIANT } from './steps.js';
import type { Vector } from './vector.js';

// As in steps.ts.

export function lookAheadStep(
  x: Vector,
  g: Vector,
  m: Vector,
  v: Vector,
  factors: LookAheadFactors,
  descent: Descent | null,
): void {
  const kernel = descent === null ? null : kernelFor('lookAheadStep32', 'lookAheadStep64', x, g, m, v);
  if (descent === null || kernel === null) {
    lookAheadUpdate(g, m, v, factors);
    if (descent !== null) follow(x, g, descent);
    return;
  }
  const { beta1, beta2, ofMoment, ofGradient, adaptive, rectifier, correction, epsRoot, eps } = factors;
  kernel(
    x.byteOffset,
    g.byteOffset,
    m.byteOffset,
    v.byteOffset,
    x.length,
    modeOf(descent) | (adaptive ? VARIANT : 0),
    -descent.rate,
    descent.decay,
    1 - beta1,
    beta2,
    1 - beta2,
    ofMoment,
    ofGradient,
    rectifier,
    correction,
    epsRoot,
    eps,
  );
}

export function rootStep(
  x: Vector,
  g: Vector,
  v: Vector,
  factors: RootFactors,
  descent: Descent | null,
): void {
  const kernel = descent === null ? null : kernelFor('rootStep32', 'rootStep64', x, g, v);
  if (descent === null || kernel === null) {
    rootUpdate(g, v, factors);
    if (descent !== null) follow(x, g, descent);
    return;
  }
  const { keep, take, factor, correction, inside, outside, zeroAtZero } = factors;
  kernel(
    x.byteOffset,
    g.byteOffset,
    v.byteOffset,
    x.length,
    modeOf(descent) | (zeroAtZero ? VARIANT : 0) | (correction === 1 ? 0 : CORRECTED),
    -descent.rate,
    descent.decay,
    keep,
    take,
    factor,
    correction,
    inside,
    outside,
  );
}

export function adamaxStep(
  x: Vector,
  g: Vector,
  m: Vector,
  u: Vector,
  factors: AdamaxFactors,
  descent: Descent | null,
): void {
  const kernel = descent === null ? null : kernelFor('adamaxStep32', 'adamaxStep64', x, g, m, u);
  if (descent === null || kernel === null) {
    adamaxUpdate(g, m, u, factors);
    if (descent !== null) follow(x, g, descent);
    return;
  }
  const { beta1, beta2, eps, correction } = factors;
  kernel(
    x.byteOffset,
    g.byteOffset,
    m.byteOffset,
    u.byteOffset,
    x.length,
    modeOf(descent),
    -descent.rate,
    descent.decay,
    1 - beta1,
    beta2,
    eps,
    correction,
  );
}
