import type { Vector } from '../../kernels/vector.js';
import { type Cell, type CellMemory, type CellTangent, type CellTangents, copyProduct } from './cell.js';

/** c_t = f c_{t-1} + i g, h_t = o tanh(c_t); gates i, f, g, o. */
export function lstmCell(memory: CellMemory): Cell {
  const { kernels, steps, rows, units, cut, z, h, w, bias, first, firstGradient, product, panels } = memory;
  const size = steps * rows * units;
  const c = memory.allocate(size);
  const squashed = memory.allocate(size);
  return {
    du: z.gradient,
    lastC: c.subarray(size - rows * units),
    forward: () =>
      kernels.lstmForward(
        h.value.byteOffset,
        c.byteOffset,
        squashed.byteOffset,
        z.value.byteOffset,
        first.h.byteOffset,
        first.c.byteOffset,
        w.value.byteOffset,
        bias.byteOffset,
        steps,
        rows,
        units,
        product.byteOffset,
        panels.byteOffset,
      ),
    backward() {
      kernels.lstmBackward(
        z.gradient.byteOffset,
        firstGradient.c.byteOffset,
        h.gradient.byteOffset,
        z.value.byteOffset,
        c.byteOffset,
        squashed.byteOffset,
        first.c.byteOffset,
        w.value.byteOffset,
        steps,
        rows,
        units,
        cut,
        product.byteOffset,
        panels.byteOffset,
      );
      copyProduct(firstGradient.h, memory, false);
    },
    tangent: (tangents) => lstmTangent(memory, tangents, c, squashed),
  };
}

/** The product rule, gate by gate; a dot before a name is its derivative along the direction. */
function lstmTangent(memory: CellMemory, tangents: CellTangents, c: Vector, squashed: Vector): CellTangent {
  const { steps, rows, units: n, z, h, first, allocate } = memory;
  const block = rows * n;
  const dotC = allocate(steps * block);
  const dotY = allocate(steps * block);
  const dc = allocate(block);
  const dotDc = tangents.firstGradient.c;
  return {
    addsToFirst: false,
    du: z.gradientTangent,
    forward(t, product) {
      for (let r = 0; r < rows; r++)
        for (let j = 0; j < n; j++) {
          const at = (t * rows + r) * 4 * n + j;
          const k = (t * rows + r) * n + j;
          const dot = [0, 0, 0, 0];
          for (let q = 0; q < 4; q++) {
            const y = z.value[at + q * n] as number;
            const slope = q === 2 ? 1 - y * y : y * (1 - y);
            dot[q] = slope * (z.tangent[at + q * n] + product[r * 4 * n + q * n + j]);
            z.tangent[at + q * n] = dot[q] as number;
          }
          const [dotI = 0, dotF = 0, dotG = 0, dotO = 0] = dot;
          const before = t === 0 ? first.c[r * n + j] : c[k - block];
          const dotBefore = t === 0 ? tangents.first.c[r * n + j] : dotC[k - block];
          dotC[k] =
            dotF * before + z.value[at + n] * dotBefore + dotI * z.value[at + 2 * n] + z.value[at] * dotG;
          dotY[k] = (1 - squashed[k] * squashed[k]) * dotC[k];
          h.tangent[k] = dotO * squashed[k] + z.value[at + 3 * n] * dotY[k];
        }
    },
    backward(t, a, da, flows) {
      if (!flows) {
        dc.fill(0);
        dotDc.fill(0);
      }
      for (let r = 0; r < rows; r++)
        for (let j = 0; j < n; j++) {
          const at = (t * rows + r) * 4 * n + j;
          const k = (t * rows + r) * n + j;
          const m = r * n + j;
          const gate = (q: number): number => z.value[at + q * n] as number;
          const dot = (q: number): number => z.tangent[at + q * n] as number;
          /** Tangent of d · s(gate) with the slope s of a sigmoid. */
          const sigmoid = (q: number, d: number, dotD: number): void => {
            const y = gate(q);
            z.gradientTangent[at + q * n] = dotD * y * (1 - y) + d * (1 - 2 * y) * dot(q);
          };
          const y = squashed[k] as number;
          const slope = 1 - y * y;
          const dotSlope = -2 * y * dotY[k];
          sigmoid(3, a[m] * y, da[m] * y + a[m] * dotY[k]);
          const dotThrough = da[m] * gate(3) * slope + a[m] * dot(3) * slope + a[m] * gate(3) * dotSlope;
          const d = dc[m] + a[m] * gate(3) * slope;
          const dotD = dotDc[m] + dotThrough;
          sigmoid(0, d * gate(2), dotD * gate(2) + d * dot(2));
          const g = gate(2);
          z.gradientTangent[at + 2 * n] =
            (dotD * gate(0) + d * dot(0)) * (1 - g * g) - d * gate(0) * 2 * g * dot(2);
          const before = (t === 0 ? first.c[m] : c[k - block]) as number;
          const dotBefore = (t === 0 ? tangents.first.c[m] : dotC[k - block]) as number;
          sigmoid(1, d * before, dotD * before + d * dotBefore);
          dc[m] = d * gate(1);
          dotDc[m] = dotD * gate(1) + d * dot(1);
        }
    },
  };
}
