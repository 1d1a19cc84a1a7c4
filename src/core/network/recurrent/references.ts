import type { Vector } from '../../kernels/vector.js';
import type { Graph, Node } from '../graph.js';

export type ReferenceMethod = 'forwardAccumulation' | 'doubleSum';

export interface LinearLayer {
  readonly x: Node;
  readonly wx: Node;
  readonly wh: Node;
  readonly biases: readonly Node[];
  readonly first: Node | null;
}

/** The derivatives of one sequence, added up over the sequences. */
interface Sums {
  readonly wx: Vector;
  readonly wh: Vector;
  readonly bias: Vector;
  readonly first: Vector;
}

/**
 * The states of a linear layer, h_t = W_x x_t + W_h h_{t-1} + b, whose gradient comes from the lecture's formulas instead
 * of backpropagation: slow, and an independent check of it.
 */
export function linearReference(graph: Graph, layer: LinearLayer, method: ReferenceMethod): Node {
  const { x, wx, wh, biases, first } = layer;
  const [steps, rows, d] = x.shape as [number, number, number];
  const n = wh.shape[0] as number;
  const h = graph.node([steps, rows, n]);
  const width = n * (d + n + 2);
  const flops =
    method === 'forwardAccumulation'
      ? 2 * steps * rows * n * n * width
      : steps * steps * rows * n * (2 * n + d);
  const memory = n * (d + n + 1 + rows) + (method === 'forwardAccumulation' ? 2 * n * width : 2 * n);
  graph.op({
    inputs: [wx, wh, ...biases, ...(first === null ? [] : [first])],
    outputs: [h],
    flops,
    // Every one of the six vectors may be rounded up to 16 bytes.
    scratch: memory + 6 * 4,
    make({ allocate, accumulates }) {
      const sums: Sums = {
        wx: allocate(n * d),
        wh: allocate(n * n),
        bias: allocate(n),
        first: allocate(rows * n),
      };
      const dimensions = { steps, rows, d, n };
      const differentiate =
        method === 'doubleSum'
          ? doubleSum(layer, h, dimensions, sums, [allocate(n), allocate(n)])
          : forwardAccumulation(layer, h, dimensions, sums, [allocate(n * width), allocate(n * width)]);
      const put = (node: Node, sum: Vector): void => {
        if (!node.differentiable) return;
        const adds = accumulates(node);
        for (let i = 0; i < sum.length; i++)
          node.gradient[i] = (adds ? node.gradient[i] : 0) + (sum[i] as number);
      };
      return {
        forward() {
          forwardStates(layer, h, dimensions);
          return undefined;
        },
        backward() {
          for (const sum of Object.values(sums)) sum.fill(0);
          differentiate();
          put(wx, sums.wx);
          put(wh, sums.wh);
          for (const b of biases) put(b, sums.bias);
          if (first !== null) put(first, sums.first);
        },
      };
    },
  });
  return h;
}

interface Dimensions {
  readonly steps: number;
  readonly rows: number;
  readonly d: number;
  readonly n: number;
}

/** h_{t-1}[row, j], t from 0. */
function before({ first }: LinearLayer, h: Node, { rows, n }: Dimensions, t: number, row: number, j: number) {
  if (t > 0) return h.value[((t - 1) * rows + row) * n + j] as number;
  return first === null ? 0 : (first.value[row * n + j] as number);
}

function forwardStates(layer: LinearLayer, h: Node, dimensions: Dimensions): void {
  const { x, wx, wh, biases } = layer;
  const { steps, rows, d, n } = dimensions;
  for (let t = 0; t < steps; t++)
    for (let row = 0; row < rows; row++)
      for (let i = 0; i < n; i++) {
        let sum = 0;
        for (const b of biases) sum += b.value[i] as number;
        for (let k = 0; k < d; k++) sum += wx.value[i * d + k] * x.value[(t * rows + row) * d + k];
        for (let j = 0; j < n; j++) sum += wh.value[i * n + j] * before(layer, h, dimensions, t, row, j);
        h.value[(t * rows + row) * n + i] = sum;
      }
}

/**
 * ∂F/∂W_x = Σ_t Σ_{i <= t} (W_hᵀ)^{t-i} (∂F/∂h_t) x_iᵀ, with h_{i-1} for W_h, 1 for the bias; for h_0 the power is t. The
 * ∂F/∂h_t of the sum are those of the loss of step t alone.
 */
function doubleSum(
  layer: LinearLayer,
  h: Node,
  dimensions: Dimensions,
  sums: Sums,
  [v, next]: [Vector, Vector],
): () => void {
  const { x, wh } = layer;
  const { steps, rows, d, n } = dimensions;
  return () => {
    for (let row = 0; row < rows; row++)
      for (let t = 0; t < steps; t++) {
        for (let a = 0; a < n; a++) v[a] = h.gradient[(t * rows + row) * n + a] as number;
        for (let i = t; i >= 0; i--) {
          for (let a = 0; a < n; a++) {
            const va = v[a] as number;
            for (let k = 0; k < d; k++) sums.wx[a * d + k] += va * x.value[(i * rows + row) * d + k];
            for (let j = 0; j < n; j++) sums.wh[a * n + j] += va * before(layer, h, dimensions, i, row, j);
            sums.bias[a] += va;
          }
          next.fill(0);
          for (let a = 0; a < n; a++)
            for (let j = 0; j < n; j++) next[j] += wh.value[a * n + j] * (v[a] as number);
          [v, next] = [next, v];
        }
        for (let j = 0; j < n; j++) sums.first[row * n + j] += v[j] as number;
      }
  };
}

/**
 * The lecture's a_t = b_t + c_t a_{t-1} (real-time recurrent learning, Williams and Zipser 1989): a_t = ∂h_t/∂θ, n rows by
 * all parameters W_x, W_h, b, h_0; b_t is the derivative with h_{t-1} held fixed, c_t = W_h, a_0 = ∂h_0/∂θ.
 */
function forwardAccumulation(
  layer: LinearLayer,
  h: Node,
  dimensions: Dimensions,
  sums: Sums,
  [a, next]: [Vector, Vector],
): () => void {
  const { x, wh } = layer;
  const { steps, rows, d, n } = dimensions;
  const perUnit = d + n + 1;
  const width = n * perUnit + n;
  const step = (t: number, row: number): void => {
    next.fill(0);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const c = wh.value[i * n + j] as number;
        for (let p = 0; p < width; p++) next[i * width + p] += c * (a[j * width + p] as number);
      }
      const own = i * width + i * perUnit;
      for (let k = 0; k < d; k++) next[own + k] += x.value[(t * rows + row) * d + k] as number;
      for (let j = 0; j < n; j++) next[own + d + j] += before(layer, h, dimensions, t, row, j);
      next[own + d + n] += 1;
    }
    [a, next] = [next, a];
  };
  const contract = (t: number, row: number): void => {
    for (let i = 0; i < n; i++) {
      const g = h.gradient[(t * rows + row) * n + i] as number;
      const at = (p: number): number => g * (a[i * width + p] as number);
      for (let u = 0; u < n; u++) {
        for (let k = 0; k < d; k++) sums.wx[u * d + k] += at(u * perUnit + k);
        for (let j = 0; j < n; j++) sums.wh[u * n + j] += at(u * perUnit + d + j);
        sums.bias[u] += at(u * perUnit + d + n);
        sums.first[row * n + u] += at(n * perUnit + u);
      }
    }
  };
  return () => {
    for (let row = 0; row < rows; row++) {
      a.fill(0);
      for (let i = 0; i < n; i++) a[i * width + n * perUnit + i] = 1;
      for (let t = 0; t < steps; t++) {
        step(t, row);
        contract(t, row);
      }
    }
  };
}
