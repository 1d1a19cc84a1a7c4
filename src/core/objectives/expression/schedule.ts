import { ancestors, type Graph, type Node, ROWS, SCALAR } from './graph.js';

/**
 * When things are computed: first what needs no rows (`once`), then what goes over the rows in one pass, then what
 * needs its sums, and so on. Row expressions are computed anew in every pass that needs them, so that none is kept.
 */
export interface Stage {
  readonly once: readonly Node[];
  /** Row expressions, each followed by the sums that it completes. */
  readonly pass: readonly Node[];
}

const isReduction = ({ op }: Node): boolean => op === 'sum' || op === 'dot';
const LEAVES: readonly string[] = ['constant', 'parameter', 'direction', 'given', 'column', 'rowCount'];
export const isLeaf = ({ op }: Node): boolean => LEAVES.includes(op);
/** A sum over rows, whose value is there after a pass. */
export const overRows = (node: Node): boolean => isReduction(node) && (node.inputs[0] as Node).axis === ROWS;

export function schedule(graph: Graph, roots: readonly Node[]): readonly Stage[] {
  const needed = ancestors(graph, roots);
  const nodes = graph.nodes.filter(({ id }) => needed[id]);
  const stageOf = new Map<Node, number>();
  let last = 0;
  for (const node of nodes) {
    let stage = 0;
    for (const input of node.inputs) stage = Math.max(stage, stageOf.get(input) as number);
    if (overRows(node)) stage++;
    stageOf.set(node, stage);
    last = Math.max(last, stage);
  }
  return Array.from({ length: last + 1 }, (_, stage) => ({
    once: nodes.filter(
      (node) => node.axis !== ROWS && !isLeaf(node) && !overRows(node) && stageOf.get(node) === stage,
    ),
    pass: passOf(nodes.filter((node) => overRows(node) && stageOf.get(node) === stage + 1)),
  }));
}

/** What the sums need of the rows, in the order of the ids, and each sum as soon as its operands are there. */
function passOf(sums: readonly Node[]): Node[] {
  const rows = new Set<Node>();
  const waiting: Node[] = [...sums];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop())
    for (const input of node.inputs)
      if (input.axis === ROWS && !rows.has(input)) {
        rows.add(input);
        if (!isLeaf(input)) waiting.push(input);
      }
  const after = new Map<Node, Node[]>();
  for (const sum of sums) {
    const latest = sum.inputs.reduce((a, b) => (a.id > b.id ? a : b));
    after.set(latest, [...(after.get(latest) ?? []), sum]);
  }
  return [...rows]
    .sort((a, b) => a.id - b.id)
    .flatMap((node) => [...(isLeaf(node) ? [] : [node]), ...(after.get(node) ?? [])]);
}

/** Elements that a node's value takes in memory, even so that vectors of two fit: a number has room for two. */
export const roomOf = ({ axis }: Node, block: number): number =>
  axis === ROWS ? block : axis === SCALAR ? 2 : axis + (axis % 2);
