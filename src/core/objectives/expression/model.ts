import type { Datasets } from '../../datasets.js';
import { invalidField } from '../../failure.js';
import { type Dtype, type Layout, layoutOf, tensorShape } from '../../layout.js';
import type { Spec } from '../../plugin.js';
import { numbersOf, type Tensor } from '../../tensor.js';
import { newAlgebra } from './algebra.js';
import { type ColumnSource, openColumns } from './data.js';
import { type Graph, type Node, newGraph, ROWS, SCALAR } from './graph.js';
import { lowerFormula } from './lower.js';
import { compile, type Program } from './program.js';
import { gradient } from './reverse.js';
import { isLeaf, roomOf } from './schedule.js';
import { tangents } from './tangent.js';

export interface ExpressionParams {
  readonly formula: string;
  readonly parameters: readonly Tensor[];
  readonly constants: readonly Tensor[];
  readonly data?: Spec | undefined;
  readonly batchSize?: number | undefined;
  readonly dtype: Dtype;
}

interface Fixed {
  readonly at: number;
  readonly numbers: ArrayLike<number>;
}

/** A formula with its derivatives, as programs over one arena. */
export interface Model {
  readonly params: ExpressionParams;
  readonly layout: Layout;
  readonly source: ColumnSource | null;
  /** Names of the columns that the formula reads. */
  readonly columns: readonly string[];
  readonly root: Node;
  readonly slopes: readonly (Node | null)[];
  readonly curvatures: readonly (Node | null)[];
  readonly value: Program;
  readonly first: Program;
  /** Of Hessian-vector products, where they will be asked for. */
  readonly second: Program | null;
  /** Offsets of the leaves in the arena; null where the formula does not read one. */
  readonly places: {
    readonly parameters: readonly (number | null)[];
    readonly directions: readonly (number | null)[];
    readonly rowCount: number | null;
    readonly fixed: readonly Fixed[];
  };
  /** Doubles of the arena. */
  readonly room: number;
}

export function buildModel(params: ExpressionParams, datasets: Datasets, secondOrder: boolean): Model {
  const graph = newGraph();
  const algebra = newAlgebra(graph);
  const source = openColumns(params.data, datasets);
  const names = newNames(graph, params, source);
  const root = lowerFormula(params.formula, algebra, names.resolve, names.known);
  const slopes = gradient(algebra, root, names.parameters);
  const directions = names.parameters.map(({ axis }, i) => graph.make('direction', [], axis, i));
  const along = new Map(names.parameters.map((node, i) => [node, directions[i] as Node]));
  const curvatures = secondOrder ? tangents(algebra, slopes, along) : [];

  const leaves = new Map<Node, number>();
  let room = 0;
  for (const node of graph.nodes)
    if (isLeaf(node) && node.op !== 'column') {
      leaves.set(node, room);
      room += roomOf(node, 0);
    }
  const given = (nodes: readonly (Node | null)[]): Node[] => nodes.filter((node) => node !== null);
  const program = (roots: readonly Node[]): Program => compile({ graph, formula: root, roots }, leaves, room);
  const value = program([root]);
  const first = program([root, ...given(slopes)]);
  const second = secondOrder ? program(given(curvatures)) : null;
  const placeOf = (node: Node): number => leaves.get(node) as number;
  return {
    params,
    layout: layoutOf(
      params.dtype,
      params.parameters.map(({ name, shape }) => tensorShape(name, shape)),
    ),
    source,
    columns: names.columns,
    root,
    slopes,
    curvatures,
    value,
    first,
    second,
    places: {
      parameters: names.parameters.map(placeOf),
      directions: directions.map(placeOf),
      rowCount: [...leaves.keys()].filter(({ op }) => op === 'rowCount').map(placeOf)[0] ?? null,
      fixed: [...leaves.keys()].flatMap((node) => fixed(node, placeOf(node), params)),
    },
    room: Math.max(value.room, first.room, second?.room ?? 0),
  };
}

/** The numbers of a leaf that never changes. */
function fixed(node: Node, at: number, { constants }: ExpressionParams): Fixed[] {
  if (node.op === 'constant') return [{ at, numbers: [node.value] }];
  return node.op === 'given' ? [{ at, numbers: numbersOf(constants[node.value] as Tensor) }] : [];
}

/** What the names of a formula stand for; each has one meaning. */
function newNames(graph: Graph, params: ExpressionParams, source: ColumnSource | null) {
  const declared = new Map<string, Node>();
  const declare = (field: string, { name, shape }: Tensor, make: () => Node): void => {
    const path = `objective.expression.${field}.${name}`;
    if (shape.length > 1)
      throw invalidField(path, `must be a number or a list, got shape [${shape.join(', ')}]`);
    if (shape[0] === 0) throw invalidField(path, 'has no numbers');
    if (declared.has(name) || source?.names.includes(name))
      throw invalidField(path, 'is also the name of a constant or column, and a name has one meaning');
    declared.set(name, make());
  };
  params.constants.forEach((constant, i) => {
    const axis = constant.shape[0] ?? SCALAR;
    declare('constants', constant, () =>
      axis === SCALAR
        ? graph.make('constant', [], SCALAR, numbersOf(constant)[0] as number)
        : graph.make('given', [], axis, i),
    );
  });
  const parameters = params.parameters.map((parameter, i) => {
    let node: Node | undefined;
    declare('parameters', parameter, () => {
      node = graph.make('parameter', [], parameter.shape[0] ?? SCALAR, i);
      return node;
    });
    return node as unknown as Node;
  });
  const columns: string[] = [];
  const available = new Set(source?.names ?? []);
  const resolve = (name: string): Node | null => {
    const found = declared.get(name);
    if (found !== undefined || !available.has(name)) return found ?? null;
    const node = graph.make('column', [], ROWS, columns.length);
    columns.push(name);
    declared.set(name, node);
    return node;
  };
  return { parameters, columns, resolve, known: [...declared.keys(), ...available] };
}
