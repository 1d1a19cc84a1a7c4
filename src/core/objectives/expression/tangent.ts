import type { Algebra } from './algebra.js';
import { partial } from './derivatives.js';
import { ancestors, type Node, SCALAR } from './graph.js';

/**
 * The directional derivatives of roots in forward mode, written as further nodes. A scalar tangent of a vector or row
 * expression is the same number for all elements; null stands for zero.
 */
export function tangents(
  algebra: Algebra,
  roots: readonly (Node | null)[],
  directions: ReadonlyMap<Node, Node>,
): (Node | null)[] {
  const { graph, constant, add, multiply, sum, dot } = algebra;
  const nodes = graph.nodes.slice();
  const needed = ancestors(
    graph,
    roots.filter((root) => root !== null),
  );
  const found = new Map<Node, Node>(directions);
  const plus = (a: Node | null, b: Node | null): Node | null => (a === null ? b : b === null ? a : add(a, b));

  function along(node: Node): Node | null {
    const [a, b] = node.inputs as [Node, Node];
    const ta = found.get(a);
    const tb = found.get(b);
    switch (node.op) {
      case 'sum':
        return ta === undefined ? null : sum(ta, a.axis);
      case 'dot':
        if (a === b) return ta === undefined ? null : multiply(constant(2), dot(ta, a, a.axis));
        return plus(
          ta === undefined ? null : dot(ta, b, a.axis),
          tb === undefined ? null : dot(tb, a, a.axis),
        );
      case 'index':
        if (ta === undefined || ta.axis === SCALAR) return ta ?? null;
        return graph.make('index', [ta], SCALAR, node.value);
      case 'scatter':
        return graph.make(
          'scatter',
          node.inputs.map((input) => found.get(input) ?? constant(0)),
          node.axis,
          0,
          node.indices,
        );
      default:
        return node.inputs.reduce<Node | null>((total, input, i) => {
          const t = found.get(input);
          const slope = t === undefined ? null : partial(node, i, algebra);
          return slope === null ? total : plus(total, multiply(t as Node, slope));
        }, null);
    }
  }

  for (const node of nodes) {
    if (!needed[node.id] || !node.inputs.some((input) => found.has(input))) continue;
    graph.locate(node.at);
    const tangent = along(node);
    if (tangent !== null) found.set(node, tangent);
  }
  return roots.map((root) => (root === null ? null : (found.get(root) ?? null)));
}
