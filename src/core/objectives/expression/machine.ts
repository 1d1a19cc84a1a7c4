import { INSTRUCTION, runInstructions, runPass } from '../../kernels/expression.js';
import { createHeap, type Heap, heapOverhead } from '../../kernels/heap.js';
import type { Vector } from '../../kernels/vector.js';
import { numbersOf } from '../../tensor.js';
import { newMiniBatches } from '../mini-batch.js';
import type { Objective } from '../objective.js';
import { explain } from './explain.js';
import { type Node, SCALAR } from './graph.js';
import type { Model } from './model.js';
import { encode, type Program } from './program.js';

/** Rows of an iteration, and of all data. */
export const rowsOf = ({ params, source }: Model): { batch: number; all: number } => {
  const all = source?.rows ?? 0;
  return { batch: Math.min(params.batchSize ?? all, all), all };
};

const even = (n: number): number => n + (n % 2);
const wordsOf = (program: Program | null): number => (program?.instructions.length ?? 0) * INSTRUCTION;

/** Memory of the heap besides its overhead, each part rounded up to 16 bytes. */
function heapBytes(model: Model): number {
  const { batch, all } = rowsOf(model);
  const { value, first, second, columns, room } = model;
  const words = [value, first, second].reduce((sum, program) => sum + 4 * wordsOf(program) + 16, 0);
  const gathered = batch < all ? columns.length * 8 * even(batch) + 4 * all + 16 : 0;
  return words + 8 * even(room) + columns.length * 8 * even(all) + gathered;
}

/** What an instruction takes as an object, for the words of a diverged run. */
const BYTES_PER_INSTRUCTION = 280;

export function bytesOf(model: Model): number {
  const { value, first, second, layout } = model;
  const count = wordsOf(value) + wordsOf(first) + wordsOf(second);
  return heapBytes(model) + heapOverhead + (count / INSTRUCTION) * BYTES_PER_INSTRUCTION + 16 * layout.size;
}

/** A program where it can run. */
export interface Loaded {
  readonly heap: Heap;
  readonly program: Program;
  readonly code: Int32Array;
  readonly arena: Float64Array;
  readonly columns: readonly Float64Array[];
}

function run({ heap, program, code }: Loaded, rows: number): void {
  const { segments, block } = program;
  for (let i = 0; i < segments.length; i++) {
    const { overRows, first, end } = segments[i] as Program['segments'][number];
    if (overRows) runPass(heap, code, first, end, rows, block);
    else runInstructions(heap, code, first, end, 0, 0);
  }
}

export function createMachine(model: Model, seed: number, newVector: (n: number) => Vector): Objective {
  const { layout, places, params, value: valueProgram, first, second, root, slopes, curvatures } = model;
  const { batch, all } = rowsOf(model);
  const heap = createHeap(heapBytes(model));
  const arena = heap.f64(even(model.room));
  const { columns, choose, rowAt, count } = loadColumns(heap, model, seed, batch, all);
  const load = (program: Program): Loaded => {
    const code = heap.i32(wordsOf(program));
    encode(program, code, arena, columns);
    return { heap, program, code, arena, columns };
  };
  const valueAlone = load(valueProgram);
  const firstOrder = load(first);
  const secondOrder = second === null ? null : load(second);
  for (const { at, numbers } of places.fixed) arena.set(numbers, at);

  const x = newVector(layout.size);
  const gradient = newVector(layout.size);
  let offset = 0;
  for (const tensor of params.parameters) {
    const numbers = numbersOf(tensor);
    x.set(numbers, offset);
    offset += numbers.length;
  }
  const sizes = layout.tensors.map(({ size }) => size);
  const rootAt = first.locate(root);
  const readSlopes = reader(first, slopes, sizes, arena);
  const readCurvatures = second === null ? null : reader(second, curvatures, sizes, arena);

  function write(from: Vector, to: readonly (number | null)[]): void {
    let at = 0;
    for (let t = 0; t < sizes.length; t++) {
      const place = to[t] as number;
      const size = sizes[t] as number;
      for (let i = 0; i < size; i++) arena[place + i] = from[at + i] as number;
      at += size;
    }
  }
  function place(): void {
    write(x, places.parameters);
    if (places.rowCount !== null) arena[places.rowCount] = count();
  }

  const objective: Objective = {
    x,
    gradient,
    valueAndGradient() {
      place();
      run(firstOrder, count());
      readSlopes(gradient);
      return arena[rootAt] as number;
    },
    hessianVectorProduct(v, out) {
      if (secondOrder === null || readCurvatures === null)
        throw new Error('the plan was made without secondOrder');
      place();
      write(v, places.directions);
      run(secondOrder, count());
      readCurvatures(out);
    },
    explain() {
      place();
      const { formula } = params;
      return explain(formula, valueAlone, count(), rowAt) || explain(formula, firstOrder, count(), rowAt);
    },
  };
  if (choose !== null) objective.select = choose;
  return objective;
}

/** Copies results out of the arena, one tensor after another: null is zero, a number is for all elements. */
function reader(
  program: Program,
  results: readonly (Node | null)[],
  sizes: readonly number[],
  arena: Float64Array,
): (out: Vector) => void {
  const places = results.map((node) => (node === null ? -1 : program.locate(node)));
  const uniform = results.map((node) => node === null || node.axis === SCALAR);
  return (out) => {
    let at = 0;
    for (let t = 0; t < sizes.length; t++) {
      const place = places[t] as number;
      const end = at + (sizes[t] as number);
      if (uniform[t]) {
        const value = place < 0 ? 0 : (arena[place] as number);
        for (; at < end; at++) out[at] = value;
      } else for (let i = place; at < end; at++, i++) out[at] = arena[i] as number;
    }
  };
}

interface Columns {
  readonly columns: readonly Float64Array[];
  /** Chooses the rows of an iteration; null where they are always all. */
  readonly choose: ((iteration: number) => void) | null;
  /** Number, in the data, of row i of the chosen ones. */
  readonly rowAt: (i: number) => number;
  readonly count: () => number;
}

function loadColumns(heap: Heap, model: Model, seed: number, batch: number, all: number): Columns {
  const names = model.columns;
  const whole = names.map(() => heap.f64(even(all)));
  model.source?.load(
    names,
    whole.map((column) => column.subarray(0, all)),
  );
  if (batch === all) return { columns: whole, choose: null, rowAt: (i) => i, count: () => all };
  const columns = names.map(() => heap.f64(even(batch)));
  const batches = newMiniBatches(seed, heap.i32(all), batch);
  let chosen = batches(0);
  const choose = (iteration: number): void => {
    chosen = batches(iteration);
    for (let i = 0; i < columns.length; i++)
      heap.gatherRows(columns[i] as Float64Array, whole[i] as Float64Array, chosen, chosen.length, 1);
  };
  choose(0);
  return { columns, choose, rowAt: (i) => chosen[i] as number, count: () => chosen.length };
}
