import type { Algebra } from './algebra.js';
import type { Node } from './graph.js';

const TWO_OVER_ROOT_PI = 1.1283791670955126;

/** ∂node/∂(input i) of an elementwise operation; null where it is zero. Where there is none, at a kink, one side's. */
export function partial(node: Node, i: number, algebra: Algebra): Node | null {
  const { constant, negate, add, multiply, divide, unary, binary } = algebra;
  const [a, b] = node.inputs as [Node, Node];
  const one = constant(1);
  switch (node.op) {
    case 'add':
      return one;
    case 'subtract':
      return i === 0 ? one : constant(-1);
    case 'multiply':
      return i === 0 ? b : a;
    case 'divide':
      return i === 0 ? divide(one, b) : negate(divide(node, b));
    case 'min':
      return side(binary('atLeast', b, a), i);
    case 'max':
      return side(binary('atLeast', a, b), i);
    case 'pow':
      if (i === 1) return multiply(node, unary('log', a));
      return multiply(b, binary('pow', a, add(b, constant(-1))));
    case 'negate':
      return constant(-1);
    case 'exp':
      return node;
    case 'expm1':
      return add(node, one);
    case 'log':
      return divide(one, a);
    case 'log1p':
      return divide(one, add(a, one));
    case 'sqrt':
      return divide(constant(0.5), node);
    case 'norm':
      return multiply(constant(0.5), unary('reciprocal', node));
    case 'sin':
      return unary('cos', a);
    case 'cos':
      return negate(unary('sin', a));
    case 'tan':
      return add(unary('square', node), one);
    case 'tanh':
      return binary('subtract', one, unary('square', node));
    case 'sinh':
      return unary('cosh', a);
    case 'cosh':
      return unary('sinh', a);
    case 'sigmoid':
      return multiply(node, binary('subtract', one, node));
    case 'softplus':
      return unary('sigmoid', a);
    case 'abs':
      return unary('sign', a);
    case 'square':
      return multiply(constant(2), a);
    case 'reciprocal':
      return negate(unary('square', node));
    case 'erf':
      return multiply(constant(TWO_OVER_ROOT_PI), unary('exp', negate(unary('square', a))));
    case 'integerPower':
      return multiply(constant(node.value), integerPower(algebra, a, node.value - 1));
    default:
      return null;
  }

  /** 1 - mask for the second of two. */
  function side(mask: Node, of: number): Node {
    return of === 0 ? mask : binary('subtract', one, mask);
  }
}

/** a^k for an integer k. */
export function integerPower({ constant, unary }: Algebra, a: Node, k: number): Node {
  if (k === 0) return constant(1);
  if (k === 1) return a;
  return k === 2 ? unary('square', a) : unary('integerPower', a, k);
}
