import type { Numbers } from './tensors.js';

export interface FunctionData {
  readonly A?: Numbers;
  readonly b?: Numbers;
  readonly y?: Numbers;
  readonly lambda?: number;
}

/** The objective that a golden file calls `name`, or null where there is none yet. */
export function testFunctionOf(
  name: string,
  { A, b, y, lambda }: FunctionData,
  tensor: (numbers: Numbers) => object,
): object | null {
  switch (name) {
    case 'power4':
      return { quartic: {} };
    case 'rosenbrock':
      return { rosenbrock: {} };
    case 'quadratic':
      return { quadratic: { matrix: tensor(A as Numbers), linear: b?.data } };
    case 'logistic_regression':
      return {
        logisticRegression: {
          data: { inline: { features: tensor(A as Numbers), targets: tensor(y as Numbers) } },
          intercept: false,
          l2: lambda,
        },
      };
    default:
      return null;
  }
}
