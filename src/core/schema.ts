import { z } from 'zod';

export interface Bounds {
  readonly min?: number;
  readonly above?: number;
  readonly max?: number;
  readonly below?: number;
  /** Accept Infinity (JSON: the string "Infinity"). */
  readonly infinite?: boolean;
}

/** A map, because an object would also know "constructor" and whatever else it inherits. */
const NAMES: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
]);

/** A JSON number, or one of the strings "NaN", "Infinity", "-Infinity" of ProtoJSON; undefined for anything else. */
export const toNumber = (input: unknown): number | undefined =>
  typeof input === 'number' ? input : typeof input === 'string' ? NAMES.get(input) : undefined;

/** What is wrong with `value` under `bounds`, or null. */
function complaint(value: number, bounds: Bounds): string | null {
  if (Number.isNaN(value)) return 'must be a number, not NaN';
  if (!bounds.infinite && !Number.isFinite(value)) return 'must be finite';
  if (bounds.min !== undefined && value < bounds.min) return `must be >= ${bounds.min}`;
  if (bounds.above !== undefined && value <= bounds.above) return `must be > ${bounds.above}`;
  if (bounds.max !== undefined && value > bounds.max) return `must be <= ${bounds.max}`;
  if (bounds.below !== undefined && value >= bounds.below) return `must be < ${bounds.below}`;
  return null;
}

/** A double with bounds. zod's own number schema refuses Infinity and the strings of ProtoJSON. */
export function real(bounds: Bounds = {}): z.ZodType<number, number | string> {
  const schema = z.unknown().transform((input, context) => {
    const value = toNumber(input);
    const message = value === undefined ? 'expected a number' : complaint(value, bounds);
    if (message === null) return value as number;
    context.issues.push({ code: 'custom', message, input });
    return z.NEVER;
  });
  return schema.meta(numberSchema(bounds)) as unknown as z.ZodType<number, number | string>;
}

function numberSchema({ min, above, max, below, infinite }: Bounds): Record<string, unknown> {
  const number = {
    type: 'number',
    ...(min !== undefined && { minimum: min }),
    ...(above !== undefined && { exclusiveMinimum: above }),
    ...(max !== undefined && { maximum: max }),
    ...(below !== undefined && { exclusiveMaximum: below }),
  };
  return infinite ? { anyOf: [number, { type: 'string', enum: ['Infinity'] }] } : number;
}

/** proto3 cannot tell an empty list from an absent one, so an empty list is an absent one. */
export const listOf = <T extends z.ZodType>(item: T, max: number) => z.array(item).max(max);

const DURATION = /^(\d+(?:\.\d{1,9})?)s$/;

/** ProtoJSON's "2.5s", or a google.protobuf.Duration message; milliseconds inside. At most 24 days: timers overflow above. */
export function duration(): z.ZodType<number, string> {
  const schema = z.unknown().transform((input, context) => {
    const seconds = toSeconds(input);
    if (seconds !== undefined && seconds >= 0 && seconds <= MAX_SECONDS) return seconds * 1000;
    context.issues.push({
      code: 'custom',
      message: `expected a duration such as "2.5s" between 0s and ${MAX_SECONDS}s`,
      input,
    });
    return z.NEVER;
  });
  return schema.meta({
    type: 'string',
    pattern: DURATION.source,
    examples: ['2.5s'],
  }) as unknown as z.ZodType<number, string>;
}
const MAX_SECONDS = 24 * 24 * 3600;

/** A duration of a reply: milliseconds as ProtoJSON writes them, never with an exponent. */
export const durationText = (ms: number): string => `${(ms / 1000).toFixed(9).replace(/\.?0+$/, '')}s`;
export const durationReply = () => z.string().regex(DURATION);

export function toSeconds(input: unknown): number | undefined {
  if (typeof input === 'string') {
    const match = DURATION.exec(input);
    return match ? Number(match[1]) : undefined;
  }
  if (typeof input !== 'object' || input === null) return undefined;
  const { seconds = 0, nanos = 0 } = input as { seconds?: unknown; nanos?: unknown };
  return typeof seconds === 'number' && typeof nanos === 'number' ? seconds + nanos / 1e9 : undefined;
}

/** uint64 of ProtoJSON: a number or its decimal string, up to 2^53 - 1. */
export function seed(): z.ZodType<number, number | string> {
  const schema = z.unknown().transform((input, context) => {
    const value = typeof input === 'string' && /^\d{1,16}$/.test(input) ? Number(input) : input;
    if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
    context.issues.push({
      code: 'custom',
      message: 'expected an integer between 0 and 9007199254740991',
      input,
    });
    return z.NEVER;
  });
  return schema.meta({
    type: 'integer',
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
  }) as unknown as z.ZodType<number, number | string>;
}
