/** Coefficients of φ, from the constant up, where the objective is Σ φ(x_i) with a polynomial φ; null elsewhere. */
export function polynomialOf(kind: string, params: unknown): readonly number[] | null {
  switch (kind) {
    case 'polynomial':
      return (params as { coefficients: readonly number[] }).coefficients;
    case 'quartic':
      return [0, 0, 0, 0, 1];
    case 'cubic':
      return [0, 0, 0, 1];
    case 'doubleWell':
      return [0, 0, -0.5, 0, 0.25];
    case 'scalarRnn':
      return powerOfWeight(params as ScalarRnn);
    default:
      return null;
  }
}

interface ScalarRnn {
  readonly inputs?: readonly number[];
  readonly steps: number;
  readonly target: number;
}

/** ½ (w^T - y)² less the constant ½ y², which has no slope. */
function powerOfWeight({ inputs = [], steps, target }: ScalarRnn): readonly number[] | null {
  if (inputs.length > 0 || steps > MAX_STEPS) return null;
  const c = new Array<number>(2 * steps + 1).fill(0);
  c[steps] = -target;
  c[2 * steps] = 0.5;
  return c;
}
const MAX_STEPS = 500;
