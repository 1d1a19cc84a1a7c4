import { type NonFinite, settleAll } from './clip-gradients.js';
import { mergeParts, type NormParts, normOf, normParts } from './kernels/norm-parts.js';
import type { Vector } from './kernels/vector.js';
import { numbersOf, type Tensor } from './tensor.js';

/** A norm that can be combined with others. */
export interface NormPartial extends NormParts {
  /** NaN and infinite components that came in. */
  readonly nonFinite: number;
}

export interface NormRequest {
  readonly gradients: readonly Tensor[];
  readonly order: number;
  readonly nonFinite: NonFinite;
}
/** Partials of one order, at least one. */
export interface CombineRequest {
  readonly partials: readonly NormPartial[];
}
export interface NormResult {
  readonly norm: number;
  readonly partial: NormPartial;
}

const MAX_COUNT = 4294967295;

const result = (parts: NormParts, nonFinite: number): NormResult => {
  const { scale, ratio } = normOf(parts);
  return { norm: scale * ratio, partial: { ...parts, nonFinite: Math.min(nonFinite, MAX_COUNT) } };
};

/** The norm of tensors after the non-finite policy, which may overwrite them. */
export function norm({ gradients, order, nonFinite }: NormRequest): NormResult {
  const named = gradients.map((tensor) => {
    const data: Vector = numbersOf(tensor);
    return { name: tensor.name, shape: tensor.shape, data };
  });
  const { tensors, total } = settleAll(named, nonFinite);
  return result(normParts(tensors, order), total);
}

export const combineNorms = ({ partials }: CombineRequest): NormResult =>
  result(
    mergeParts((partials[0] as NormPartial).order, partials),
    partials.reduce((sum, { nonFinite }) => sum + nonFinite, 0),
  );
