import { Failure } from '../core/failure.js';
import type { ReportReply } from '../core/kernels/clip.js';
import { toNumber } from '../core/schema.js';

/**
 * A clip request whose body is the gradient itself: `?globalNorm.threshold=1&dtype=float32`. A parameter of a
 * rule is `rule.parameter`, a rule without parameters is its bare name.
 */
export function clipRequestFromQuery(query: Readonly<Record<string, unknown>>, raw: Uint8Array): unknown {
  const { dtype, nonFinite, lossScale, total, ...rest } = query;
  // No prototype, so that no name is one of Object's.
  const clipping = Object.create(null) as Record<string, Record<string, unknown>>;
  for (const [key, text] of Object.entries(rest)) {
    const [rule = '', parameter, ...more] = key.split('.');
    if (more.length > 0 || typeof text !== 'string') throw unusable(key);
    clipping[rule] ??= Object.create(null) as Record<string, unknown>;
    if (parameter !== undefined) (clipping[rule] as Record<string, unknown>)[parameter] = scalar(text);
  }
  return {
    gradients: [{ raw, ...(dtype !== undefined && { dtype }) }],
    clipping,
    ...(nonFinite !== undefined && { nonFinite }),
    ...(lossScale !== undefined && {
      lossScale: typeof lossScale === 'string' ? scalar(lossScale) : lossScale,
    }),
    ...(total !== undefined && { total: typeof total === 'string' ? scalar(total) : total }),
  };
}

const unusable = (key: string): Failure =>
  new Failure('INVALID_FIELD', `query parameter ${key} is not rule.parameter=value`, {
    violations: [{ path: key, message: 'expected rule.parameter=value, once' }],
  });

function scalar(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  const value = Number(text);
  return text.trim() !== '' && !Number.isNaN(value) ? value : (toNumber(text) ?? text);
}

/** The report of the one group, as headers. */
export const reportHeaders = ({
  norm,
  scale,
  clippedNorm,
  clipped,
  nonFinite,
  threshold,
}: ReportReply): Record<string, string> => ({
  'gradclip-norm': String(norm),
  'gradclip-scale': String(scale),
  'gradclip-clipped-norm': String(clippedNorm),
  'gradclip-clipped': String(clipped),
  'gradclip-non-finite': String(nonFinite),
  ...(threshold !== undefined && { 'gradclip-threshold': String(threshold) }),
});
