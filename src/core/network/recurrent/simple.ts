import { type Cell, type CellMemory, type CellTangent, copyProduct } from './cell.js';

const KINDS = { linear: 0, tanh: 1, relu: 2 };
export type SimpleCell = keyof typeof KINDS;

/** h_t = φ(z_t), z_t = x_t W_xᵀ + h_{t-1} W_hᵀ + b with φ the identity, tanh or max(x, 0). */
export function simpleCell(name: SimpleCell, memory: CellMemory): Cell {
  const { kernels, steps, rows, units, cut, z, h, w, bias, first, firstGradient, product, panels } = memory;
  const kind = KINDS[name];
  return {
    du: z.gradient,
    lastC: first.c,
    forward: () =>
      kernels.simpleForward(
        h.value.byteOffset,
        z.value.byteOffset,
        first.h.byteOffset,
        w.value.byteOffset,
        bias.byteOffset,
        steps,
        rows,
        units,
        kind,
        product.byteOffset,
        panels.byteOffset,
      ),
    backward() {
      kernels.simpleBackward(
        z.gradient.byteOffset,
        h.gradient.byteOffset,
        h.value.byteOffset,
        w.value.byteOffset,
        steps,
        rows,
        units,
        kind,
        cut,
        product.byteOffset,
        panels.byteOffset,
      );
      copyProduct(firstGradient.h, memory, false);
    },
    tangent: () => simpleTangent(name, memory),
  };
}

/** φ' and φ'' from y = φ(z). */
const SLOPES: Readonly<Record<SimpleCell, readonly [(y: number) => number, (y: number) => number]>> = {
  linear: [() => 1, () => 0],
  tanh: [(y) => 1 - y * y, (y) => -2 * y * (1 - y * y)],
  relu: [(y) => +(y > 0), () => 0],
};

function simpleTangent(name: SimpleCell, { rows, units, z, h }: CellMemory): CellTangent {
  const size = rows * units;
  const [slope, curvature] = SLOPES[name];
  return {
    addsToFirst: false,
    du: z.gradientTangent,
    forward(t, product) {
      for (let i = 0; i < size; i++) {
        const k = t * size + i;
        z.tangent[k] += product[i] as number;
        h.tangent[k] = slope(h.value[k] as number) * z.tangent[k];
      }
    },
    backward(t, a, da) {
      for (let i = 0; i < size; i++) {
        const k = t * size + i;
        const y = h.value[k] as number;
        z.gradientTangent[k] = slope(y) * da[i] + curvature(y) * z.tangent[k] * a[i];
      }
    },
  };
}
