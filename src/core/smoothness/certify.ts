import { invalidField } from '../failure.js';
import { objectives } from '../objectives/index.js';
import type { Spec } from '../plugin.js';
import { bestPair, certificateOf, smoothnessBetween } from '../theory/certificate.js';
import type { SmoothnessForm } from '../theory/clipped-descent.js';
import { type ClosedForm, closedForm } from './closed-form.js';
import { polynomialOf } from './polynomial-of.js';

export interface CertifyRequest {
  readonly objective: Spec;
  readonly form: SmoothnessForm;
  readonly l1: readonly number[];
  readonly threshold: number | null;
  readonly interval: { readonly from: number; readonly to: number } | null;
}

export interface Pair {
  readonly l0: number;
  readonly l1: number;
  /** No l0 below it would do, and `at` shows that; only where it is proved, of the Hessian form. */
  readonly lower?: number;
  readonly at?: number;
}

export interface CertifyResult {
  readonly basis: 'STURM' | 'CLOSED_FORM';
  readonly form: SmoothnessForm;
  readonly constants: string;
  readonly frontier: readonly Pair[];
  /** The least l0 + threshold · l1. */
  readonly best?: Pair & { readonly sum: number };
  readonly interval?: { readonly l: number; readonly lower: number; readonly at: number };
}

/** Constants that hold everywhere, or a Failure that says why there are none. */
export function certify(request: CertifyRequest): CertifyResult {
  const { objective, form, threshold, interval } = request;
  const kind = objectives.kindOf(objective);
  const coefficients = polynomialOf(kind, objective[kind]);
  const { knowledge } = objectives.plugins.find((plugin) => plugin.kind === kind) ?? {};
  const known = knowledge?.smoothness;
  if (known !== undefined && 'none' in known)
    throw invalidField(
      `objective.${kind}`,
      `is not (L0, L1)-smooth for any constants: ${known.none}; ask for a witness, or for an estimate on visited points`,
    );
  const source: ClosedForm =
    coefficients === null
      ? closedForm(kind, objective[kind])
      : {
          at: (l1) => certificateOf(coefficients, l1) ?? Infinity,
          best: (c) => bestPair(coefficients, c) ?? Infinity,
        };
  // From the Hessian form to that of differences both constants grow by 1/ln 2 (Grönwall); back they stay.
  const factor = form === 'HESSIAN' ? 1 : 1 / Math.LN2;
  const convert = ({ l0, l1, lower, at }: Wanted): Pair => ({
    l0: l0 * factor,
    l1: l1 * factor,
    ...(form === 'HESSIAN' && lower !== undefined && { lower }),
    ...(form === 'HESSIAN' && at !== undefined && at !== null && { at }),
  });
  const refuse = (path: string, l1: string): never => {
    throw invalidField(
      `certificate.${path}`,
      `no finite L0 is known to go with ${l1} for ${kind}${known === undefined ? '' : `: ${known.constants}`}`,
    );
  };
  const frontier = request.l1.map((given, i): Pair => {
    const found = source.at(given / factor);
    return found === Infinity
      ? refuse(`l1[${i}]`, `L1 = ${given}`)
      : { ...convert(found as Wanted), l1: given };
  });
  const best = threshold === null ? null : source.best(threshold);
  if (best === Infinity) refuse('threshold', 'any L1');
  if (interval !== null && coefficients === null)
    throw invalidField('certificate.interval', `needs a polynomial in one variable, which ${kind} is not`);
  const between =
    interval === null || coefficients === null
      ? null
      : (smoothnessBetween(coefficients, interval.from, interval.to) ??
        refuse('interval', 'an interval where |f″| is above the greatest double'));
  const pair = best === null ? null : convert(best as Wanted);
  return {
    basis: coefficients === null ? 'CLOSED_FORM' : 'STURM',
    form,
    constants: known?.constants ?? '',
    frontier,
    ...(pair !== null && { best: { ...pair, sum: pair.l0 + (threshold as number) * pair.l1 } }),
    ...(between !== null && { interval: between }),
  };
}
interface Wanted {
  readonly l0: number;
  readonly l1: number;
  readonly lower?: number;
  readonly at?: number | null;
}
