/** x less the nearest integer, exactly: sines and cosines of 2πx stay right for a large x. */
export const turns = (x: number): number => x - Math.floor(x + 0.5);
