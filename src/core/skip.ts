/** Which gradients are left out altogether, so that the step is as if it had not been. */
export interface SkipOptions {
  /** Those with a NaN or infinite component. */
  readonly nonFinite: boolean;
  /** Those without ‖g‖₂ < maxNorm. */
  readonly maxNorm?: number | undefined;
  /** After so many in a row the next is taken all the same. */
  readonly maxConsecutive?: number | undefined;
}

/** How it stands after a gradient. */
export interface SkipReport {
  readonly skipped: boolean;
  /** Gradients in a row, up to this one, that were to be left out, whether or not they were. */
  readonly consecutive: number;
  readonly total: number;
  /** Whether this gradient was finite. */
  readonly lastFinite: boolean;
}

/** Gradients to be left out: in a row, in total; and whether the last was finite (1 or 0). */
export type SkipCounters = Float64Array;
export const newSkipCounters = (): SkipCounters => Float64Array.of(0, 0, 1);

/** Counts a gradient and says whether to leave it out: optax.apply_if_finite and skip_large_updates. */
export function skips(options: SkipOptions, counters: SkipCounters, finite: boolean, norm: number): boolean {
  const { nonFinite, maxNorm, maxConsecutive = Infinity } = options;
  counters[2] = finite ? 1 : 0;
  if (!(nonFinite && !finite) && (maxNorm === undefined || norm < maxNorm)) {
    counters[0] = 0;
    return false;
  }
  counters[0]++;
  counters[1]++;
  return counters[0] <= maxConsecutive;
}

export const skipReport = (skipped: boolean, counters: SkipCounters): SkipReport => ({
  skipped,
  consecutive: counters[0] as number,
  total: counters[1] as number,
  lastFinite: counters[2] === 1,
});
