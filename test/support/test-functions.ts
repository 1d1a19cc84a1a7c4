import type { Numbers } from './tensors.js';

export interface FunctionData {
  readonly A?: Numbers;
  readonly b?: Numbers;
  readonly y?: Numbers;
  readonly lambda?: number;
  readonly M?: Numbers;
  readonly rank?: number;
}

/** The objective that a golden file calls `name`, or null where there is none yet. */
export function testFunctionOf(
  name: string,
  { A, b, y, lambda, M, rank }: FunctionData,
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
    case 'power2':
      return { polynomial: { coefficients: [0, 0, 1] } };
    case 'power3':
      return { cubic: {} };
    case 'exp':
      return { exponential: {} };
    case 'himmelblau':
      return { himmelblau: {} };
    case 'beale':
      return { beale: {} };
    case 'booth': {
      // ¼ Σ of squares of rows that are twice those of the function, so that the minimum is 0 to the last digit.
      const features = tensor({ shape: [2, 2], data: [2, 4, 4, 2] });
      const targets = tensor({ shape: [2], data: [14, 10] });
      return { linearRegression: { data: { inline: { features, targets } }, intercept: false } };
    }
    case 'matyas':
      return { quadratic: { matrix: tensor({ shape: [2, 2], data: [0.52, -0.48, -0.48, 0.52] }) } };
    case 'rastrigin':
      return { rastrigin: {} };
    case 'ackley':
      return { ackley: {} };
    case 'styblinski_tang':
      return { polynomial: { coefficients: [0, 2.5, -8, 0, 0.5] } };
    case 'logsumexp':
      return { logSumExp: { vectors: tensor(A as Numbers), offsets: b?.data } };
    case 'phase_retrieval':
      return { phaseRetrieval: { vectors: tensor(A as Numbers), targets: y?.data } };
    case 'matrix_factorization':
      return { matrixFactorization: { matrix: tensor(M as Numbers), rank } };
    default:
      return null;
  }
}
