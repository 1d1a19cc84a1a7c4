import type { DatasetContent, DatasetShape, Matrix } from '../../datasets.js';
import { createHeap, type Heap, heapOverhead } from '../../kernels/heap.js';
import type { Vector } from '../../kernels/vector.js';
import { type Layout, views } from '../../layout.js';
import { newMiniBatches } from '../mini-batch.js';
import type { Objective, ObjectivePlan, PlanContext } from '../objective.js';
import type { DataSource, RegressionParams } from './data.js';
import { type Block, blocksOf, type Rows } from './row-blocks.js';

/** What distinguishes one regression from another: how outputs (rows x outputs) are compared with targets. */
export interface Head {
  /** Names of the held-out metrics, the loss first. */
  readonly metrics: readonly string[];
  /** Turns raw targets into what `loss` reads, in the heap. */
  targets(heap: Heap, raw: Float64Array): Vector | Int32Array;
  /**
   * Overwrites `outputs` with ∂loss/∂output · scale and returns the summed loss of the rows.
   * `targets` are those of the same rows. With `sum` rows come in blocks: it is zero at the first, and the loss is that of
   * all so far.
   */
  loss(
    heap: Heap,
    outputs: Vector,
    targets: Vector | Int32Array,
    rows: number,
    scale: number,
    sum?: Float64Array,
  ): number;
  /** Blocks of a multiple of so many rows have the loss that all rows have at once; absent where no blocks have. */
  readonly blockRows?: number;
  /** Given the outputs at x and their directional derivative `tangent`, overwrites `tangent` with ∇²loss · tangent · scale. */
  curvature(
    outputs: Vector,
    tangent: Vector,
    rows: number,
    scale: number,
    targets: Vector | Int32Array,
  ): void;
  /** Σ over rows of each metric but the loss, from untouched outputs. */
  score?(heap: Heap, outputs: Vector, targets: Vector | Int32Array, rows: number): number;
}

export interface LinearModel {
  readonly params: RegressionParams;
  readonly layout: Layout;
  readonly outputs: number;
  readonly source: DataSource;
  readonly head: Head;
  readonly context: PlanContext;
}

/** outputs = X Wᵀ + b, all rows or a mini-batch; the gradient is two matrix products. */
export function planLinearModel(model: LinearModel): ObjectivePlan {
  const { layout, outputs, source, params, head } = model;
  const { rows, features, validationRows } = source.shape;
  const batch = Math.min(params.batchSize ?? rows, rows);
  return {
    layout,
    flopsPerEvaluation: 4 * batch * features * outputs + 20 * batch * outputs + 4 * layout.size,
    bytes: heapBytes(model, batch),
    evaluationColumns: validationRows > 0 ? head.metrics : [],
    create: (room = 0) => createLinearModel(model, batch, room),
  };
}

function heapBytes({ layout, outputs, source, context, params }: LinearModel, batch: number): number {
  const { rows, features, validationRows } = source.shape;
  const numbers =
    (rows + validationRows) * (features + outputs) +
    (batch < rows ? batch * (features + outputs) : 0) +
    Math.max(batch, validationRows) * outputs * (context.secondOrder ? 2 : 1) +
    4 * layout.size;
  return numbers * (params.dtype === 'float32' ? 4 : 8) + 4 * (rows + batch) + heapOverhead + 4096;
}

function createLinearModel(model: LinearModel, batch: number, room: number): Objective {
  const { layout, outputs, source, params, head, context } = model;
  const shape = source.shape;
  const heap = createHeap(heapBytes(model, batch), room);
  const allocate = (n: number): Vector => (params.dtype === 'float32' ? heap.f32(n) : heap.f64(n));
  const content = source.load();
  const all = loadRows(heap, allocate, head, content.features, content.targets);
  const validation = loadValidation(heap, allocate, head, content);
  const x = allocate(layout.size);
  const gradient = allocate(layout.size);
  const [w, b] = views(layout, x) as [Vector, Vector?];
  const [gw, gb] = views(layout, gradient) as [Vector, Vector?];
  const out = allocate(Math.max(batch, shape.validationRows) * outputs);
  const miniBatch = batch < shape.rows ? newMiniBatch(model, heap, allocate, all, batch) : null;
  const current = miniBatch?.rows ?? all;
  const blocks =
    miniBatch === null && outputs === 1 && head.blockRows !== undefined
      ? blocksOf(all, out, head.blockRows)
      : null;

  const forward = (rows: Rows, weights: Vector, bias: Vector | undefined, target: Vector): void => {
    heap.matmulNT(target, rows.features, weights, rows.count, outputs, shape.features);
    if (bias !== undefined) heap.addRowBias(target, bias, rows.count, outputs);
  };
  const backward = (rows: Rows, delta: Vector, weights: Vector, gW: Vector, gB: Vector | undefined): void => {
    heap.matmulTN(gW, delta, rows.features, outputs, shape.features, rows.count);
    finish(rows, delta, weights, gW, gB);
  };
  const finish = (rows: Rows, delta: Vector, weights: Vector, gW: Vector, gB: Vector | undefined): void => {
    if (params.l2 !== 0) heap.axpy(gW, params.l2, weights);
    if (gB !== undefined) heap.columnSums(gB, delta, rows.count, outputs);
  };
  const penalty = (): number => (params.l2 === 0 ? 0 : 0.5 * params.l2 * heap.sumOfSquares(w));

  const objective: Objective = {
    x,
    gradient,
    valueAndGradient: blocks === null ? inOnePass : inBlocks(blocks),
    hessianVectorProduct: context.secondOrder
      ? secondOrder()
      : () => {
          throw new Error('the plan was made without secondOrder');
        },
  };
  if (miniBatch !== null) objective.select = miniBatch.select;
  if (validation !== null) objective.evaluate = evaluate(validation);
  return objective;

  function inOnePass(): number {
    forward(current, w, b, out);
    const loss = head.loss(heap, out, current.targets, current.count, 1 / current.count);
    backward(current, out, w, gw, gb);
    return loss / current.count + penalty();
  }

  /** The same bits: the sums over rows of one output go on from block to block. */
  function inBlocks(all: readonly Block[]): () => number {
    const sum = heap.f64(2);
    return () => {
      let loss = 0;
      sum.fill(0);
      all.forEach((rows, i) => {
        forward(rows, w, b, rows.out);
        loss = head.loss(heap, rows.out, rows.targets, rows.count, 1 / current.count, sum);
        heap.matmulTN(gw, rows.out, rows.features, 1, shape.features, rows.count, i > 0);
      });
      finish(current, out, w, gw, gb);
      return loss / current.count + penalty();
    };
  }

  function secondOrder(): Objective['hessianVectorProduct'] {
    const tangent = allocate(out.length);
    const direction = allocate(layout.size);
    const product = allocate(layout.size);
    const [vw, vb] = views(layout, direction) as [Vector, Vector?];
    const [pw, pb] = views(layout, product) as [Vector, Vector?];
    return (v, into) => {
      direction.set(v);
      forward(current, w, b, out);
      forward(current, vw, vb, tangent);
      head.curvature(out, tangent, current.count, 1 / current.count, current.targets);
      backward(current, tangent, vw, pw, pb);
      into.set(product);
    };
  }

  function evaluate(rows: Rows): (into: Float64Array) => void {
    return (into) => {
      forward(rows, w, b, out);
      if (head.score !== undefined) into[1] = head.score(heap, out, rows.targets, rows.count) / rows.count;
      into[0] = head.loss(heap, out, rows.targets, rows.count, 1) / rows.count;
    };
  }
}

function loadRows(
  heap: Heap,
  allocate: (n: number) => Vector,
  head: Head,
  matrix: Matrix,
  raw: Float64Array,
): Rows {
  const { data, scale, rows, columns } = matrix;
  const features = allocate(rows * columns);
  if (scale === 1) features.set(data);
  else for (let i = 0; i < features.length; i++) features[i] = (data[i] as number) * scale;
  return { features, targets: head.targets(heap, raw), count: rows };
}

function loadValidation(
  heap: Heap,
  allocate: (n: number) => Vector,
  head: Head,
  { validation }: DatasetContent,
): Rows | null {
  return validation === null ? null : loadRows(heap, allocate, head, validation.features, validation.targets);
}

/** The mini-batch of an iteration. Overwrites its own buffers. */
function newMiniBatch(
  { context, source }: LinearModel,
  heap: Heap,
  allocate: (n: number) => Vector,
  all: Rows,
  batch: number,
): { rows: Rows; select: (iteration: number) => void } {
  const { rows: n, features } = source.shape satisfies DatasetShape;
  const perRow = all.targets.length / n;
  const rowsOf = newMiniBatches(context.seed, heap.i32(n), batch);
  const rows: Rows = {
    features: allocate(batch * features),
    targets: all.targets instanceof Int32Array ? heap.i32(batch * perRow) : allocate(batch * perRow),
    count: batch,
  };
  const select = (iteration: number): void => {
    const index = rowsOf(iteration);
    rows.count = index.length;
    heap.gatherRows(rows.features, all.features, index, rows.count, features);
    for (let i = 0; i < rows.count; i++)
      for (let j = 0; j < perRow; j++)
        rows.targets[i * perRow + j] = all.targets[(index[i] as number) * perRow + j] as number;
  };
  select(0);
  return { rows, select };
}
