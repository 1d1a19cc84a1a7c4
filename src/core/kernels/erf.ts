import { math } from './wasm.js';

/**
 * erf(x) = 2/√π ∫₀ˣ e^{-t²} dt, to 1e-15: for |x| < 2 the series 2/√π e^{-x²} Σ 2ᵏ x^{2k+1} / (1·3···(2k+1)), whose
 * terms are all positive, else 1 - e^{-x²}/√π · a continued fraction (Abramowitz and Stegun 7.1.6, 7.1.14).
 */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (!(size < 6)) return Number.isNaN(x) ? x : Math.sign(x);
  const decay = math.exp(-size * size);
  return Math.sign(x) * (size < 2 ? series(size) * decay : 1 - fraction(size) * decay);
}

const TWO_OVER_ROOT_PI = 1.1283791670955126;
const ONE_OVER_ROOT_PI = 0.5641895835477563;

function series(x: number): number {
  let term = x;
  let sum = x;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (2 * x * x) / (2 * k + 1);
    sum += term;
  }
  return TWO_OVER_ROOT_PI * sum;
}

/** 1/√π · 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + ...)))), from the inside out. */
function fraction(x: number): number {
  let tail = x;
  for (let k = 60; k >= 1; k--) tail = x + k / 2 / tail;
  return ONE_OVER_ROOT_PI / tail;
}
