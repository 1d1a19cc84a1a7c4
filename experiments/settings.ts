export const SEEDS = [1, 2, 3] as const;

/** `null` is without clipping. */
export const clippingTo = (threshold: number | null) =>
  threshold === null ? { none: {} } : { globalNorm: { threshold } };
export const nameOf = (threshold: number | null): string =>
  threshold === null ? 'not clipped' : `clipped to ${threshold}`;
