export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Mean of the last `count` values. */
export const meanOfLast = (values: readonly number[], count: number): number => mean(values.slice(-count));

/** Moving mean of a noisy series: m ← m + (v - m)/20, from the first value on. */
export function smoothed(values: readonly number[]): number[] {
  let average = values[0] ?? Number.NaN;
  return values.map((value) => {
    average += (value - average) / 20;
    return average;
  });
}

/** The first place at which the series is at most `target`, or -1. */
export const firstBelow = (values: readonly number[], target: number): number =>
  values.findIndex((value) => value <= target);

/** Every `every`-th value and the last, to four digits; null for what is not finite. */
export const thinned = (values: readonly number[], every: number): (number | null)[] =>
  values.filter((_, i) => i % every === 0 || i === values.length - 1).map(rounded);

/** To four digits, as figures need them. */
export const rounded = (value: number): number | null =>
  Number.isFinite(value) ? Number(value.toPrecision(4)) : null;
