/** Seconds of one call: the fastest and the median of several samples, each long enough for the clock. */
export interface Timing {
  readonly best: number;
  readonly median: number;
}

const SAMPLES = 15;
const MIN_SAMPLE_MS = 20;

export function time(call: () => void, samples = SAMPLES): Timing {
  const calls = callsPerSample(call);
  const seconds = Array.from({ length: samples }, () => elapsed(call, calls) / calls / 1000);
  seconds.sort((a, b) => a - b);
  return { best: seconds[0] as number, median: seconds[seconds.length >> 1] as number };
}

function callsPerSample(call: () => void): number {
  for (let calls = 1; ; calls *= 2) {
    const ms = elapsed(call, calls);
    if (ms >= MIN_SAMPLE_MS) return calls;
    if (ms > MIN_SAMPLE_MS / 2) return calls * 2;
  }
}

function elapsed(call: () => void, calls: number): number {
  const start = performance.now();
  for (let i = 0; i < calls; i++) call();
  return performance.now() - start;
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] as number;
}
export const median = (values: readonly number[]): number => quantile(values, 0.5);

export const micro = (seconds: number): string => (seconds * 1e6).toPrecision(3);
export const ratio = (value: number): string => value.toFixed(2);

/** Pseudo-random doubles in [-1, 1), the same at every run. */
export function numbers(n: number): Float64Array {
  const x = new Float64Array(n);
  let word = 1;
  for (let i = 0; i < n; i++) {
    word = (Math.imul(word, 1664525) + 1013904223) >>> 0;
    x[i] = word / 2147483648 - 1;
  }
  return x;
}
