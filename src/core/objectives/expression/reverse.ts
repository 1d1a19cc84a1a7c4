import type { Algebra } from './algebra.js';
import { partial } from './derivatives.js';
import { ancestors, type Node, SCALAR } from './graph.js';

/**
 * ∇root in reverse mode, written as further nodes: adjoint by adjoint from the root down to the parameters. A
 * scalar adjoint of a vector or row expression is the same number for all elements. Null for a parameter that the
 * root does not depend on.
 */
export function gradient(algebra: Algebra, root: Node, parameters: readonly Node[]): (Node | null)[] {
  const { graph, constant, add, multiply, sum, dot } = algebra;
  const nodes = graph.nodes.slice(0, root.id + 1);
  const needed = ancestors(graph, [root]);
  const active = dependants(nodes, parameters);
  const adjoints = new Map<Node, Node>([[root, constant(1)]]);
  /** Adjoints of single elements of a vector. */
  const elements = new Map<Node, Map<number, Node>>();

  const gather = (to: Node, contribution: Node): void => {
    const sofar = adjoints.get(to);
    adjoints.set(to, sofar === undefined ? contribution : add(sofar, contribution));
  };

  function propagate(node: Node, adjoint: Node): void {
    const [a, b] = node.inputs as [Node, Node];
    if (node.op === 'sum') gather(a, adjoint);
    else if (node.op === 'dot' && a === b) gather(a, multiply(multiply(constant(2), adjoint), a));
    else if (node.op === 'dot') {
      if (active[a.id]) gather(a, multiply(adjoint, b));
      if (active[b.id]) gather(b, multiply(adjoint, a));
    } else if (node.op === 'index') {
      const of = elements.get(a) ?? new Map<number, Node>();
      elements.set(a, of.set(node.value, adjoint));
    } else
      node.inputs.forEach((input, i) => {
        const slope = active[input.id] ? partial(node, i, algebra) : null;
        if (slope === null) return;
        if (input.axis !== SCALAR || node.axis === SCALAR) gather(input, multiply(adjoint, slope));
        else if (slope.axis === SCALAR) gather(input, multiply(slope, sum(adjoint, node.axis)));
        else gather(input, dot(adjoint, slope, node.axis));
      });
  }

  for (let id = root.id; id >= 0; id--) {
    const node = nodes[id] as Node;
    if (!needed[id] || !active[id]) continue;
    graph.locate(node.at);
    const single = elements.get(node);
    if (single !== undefined)
      gather(node, graph.make('scatter', [...single.values()], node.axis, 0, [...single.keys()]));
    const adjoint = adjoints.get(node);
    if (adjoint !== undefined) propagate(node, adjoint);
  }
  return parameters.map((parameter) => adjoints.get(parameter) ?? null);
}

/** Which nodes depend on any of the leaves. */
function dependants(nodes: readonly Node[], leaves: readonly Node[]): Uint8Array {
  const active = new Uint8Array(nodes.length);
  for (const { id } of leaves) if (id < active.length) active[id] = 1;
  for (const { id, inputs } of nodes) if (inputs.some((input) => active[input.id])) active[id] = 1;
  return active;
}
