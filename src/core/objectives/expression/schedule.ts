import { ancestors, type Graph, type Node, ROWS, SCALAR } from './graph.js';

/**
 * When things are computed: first what needs no rows (`once`), then what goes over the rows in one pass, then what
 * needs its sums, and so on. Row expressions are computed anew in every pass that needs them, so that none is kept.
 */
export interface Stage {
  readonly once: readonly Node[];
  /** Row expressions and sums of them. */
  readonly pass: readonly Node[];
}

const isReduction = ({ op }: Node): boolean => op === 'sum' || op === 'dot';
export const isLeaf = ({ inputs }: Node): boolean => inputs.length === 0;
/** A sum over rows, whose value is there after a pass. */
export const overRows = (node: Node): boolean => isReduction(node) && (node.inputs[0] as Node).axis === ROWS;

/** What computes the roots; `formula` is the node of the formula itself, without its derivatives. */
export function schedule(graph: Graph, roots: readonly Node[], formula: Node): readonly Stage[] {
  const needed = ancestors(graph, roots);
  const nodes = graph.nodes.filter(({ id }) => needed[id]);
  const stages: { once: Node[]; sums: Node[] }[] = [];
  const stage = (number: number): { once: Node[]; sums: Node[] } => {
    while (stages.length <= number) stages.push({ once: [], sums: [] });
    return stages[number] as (typeof stages)[0];
  };
  const stageOf = new Int32Array(graph.nodes.length);
  for (const node of nodes) {
    let earliest = 0;
    for (const { id } of node.inputs) earliest = Math.max(earliest, stageOf[id] as number);
    if (overRows(node)) stage(earliest++).sums.push(node);
    else if (node.axis !== ROWS && !isLeaf(node)) stage(earliest).once.push(node);
    stageOf[node.id] = earliest;
  }
  const reach = reachOf(nodes, formula, graph.nodes.length);
  return stages.map(({ once, sums }) => ({
    once,
    pass: passOf(sums.sort((a, b) => (reach[a.id] as number) - (reach[b.id] as number) || a.id - b.id)),
  }));
}

/**
 * The last expression of the formula that a node needs of the rows. Sums in this order are term by term, each followed by
 * its derivatives, so that few expressions wait to be used.
 */
function reachOf(nodes: readonly Node[], formula: Node, count: number): Int32Array {
  const reach = new Int32Array(count);
  for (const node of nodes) {
    if (node.axis !== ROWS && !overRows(node)) continue;
    let furthest = node.axis === ROWS && node.id <= formula.id ? node.id : 0;
    for (const { id } of node.inputs) furthest = Math.max(furthest, reach[id] as number);
    reach[node.id] = furthest;
  }
  return reach;
}

/** The sums, each after what it needs of the rows and is not there yet. */
function passOf(sums: readonly Node[]): Node[] {
  const done = new Set<Node>();
  const order: Node[] = [];
  const waiting = (node: Node): boolean => node.axis === ROWS && !isLeaf(node) && !done.has(node);
  for (const sum of sums) {
    const stack = [sum];
    for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
      const missing = done.has(node) ? undefined : node.inputs.find(waiting);
      if (missing !== undefined) stack.push(missing);
      else {
        if (!done.has(node)) order.push(node);
        done.add(node);
        stack.pop();
      }
    }
  }
  return order;
}

/** Elements that a node's value takes in memory, even so that vectors of two fit: a number has room for two. */
export const roomOf = ({ axis }: Node, block: number): number =>
  axis === ROWS ? block : axis === SCALAR ? 2 : axis + (axis % 2);
