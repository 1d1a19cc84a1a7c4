import type { Vector } from '../../kernels/vector.js';
import { type Cell, type CellMemory, type CellTangent, type CellTangents, copyProduct } from './cell.js';

/** u_t = h_{t-1} W_hnᵀ + b_hn, n = tanh(x_t W_nᵀ + b_n + r u), h_t = (1 - z) n + z h_{t-1}; gates r, z, n. */
export function gruCell(memory: CellMemory): Cell {
  const { kernels, steps, rows, units, cut, z, h, w, bias, first, firstGradient, product, panels } = memory;
  const size = steps * rows * units;
  const u = memory.allocate(size);
  const du = memory.allocate(3 * size);
  return {
    du,
    lastC: first.c,
    forward: () =>
      kernels.gruForward(
        h.value.byteOffset,
        u.byteOffset,
        z.value.byteOffset,
        first.h.byteOffset,
        w.value.byteOffset,
        bias.byteOffset,
        steps,
        rows,
        units,
        product.byteOffset,
        panels.byteOffset,
      ),
    backward() {
      kernels.gruBackward(
        z.gradient.byteOffset,
        du.byteOffset,
        firstGradient.h.byteOffset,
        h.gradient.byteOffset,
        z.value.byteOffset,
        u.byteOffset,
        h.value.byteOffset,
        first.h.byteOffset,
        w.value.byteOffset,
        steps,
        rows,
        units,
        cut,
        product.byteOffset,
        panels.byteOffset,
      );
      copyProduct(firstGradient.h, memory, true);
    },
    tangent: (tangents) => gruTangent(memory, tangents, u),
  };
}

/** The product rule, gate by gate; a dot before a name is its derivative along the direction. */
function gruTangent(memory: CellMemory, tangents: CellTangents, u: Vector): CellTangent {
  const { steps, rows, units: n, z, h, first, allocate } = memory;
  const block = rows * n;
  const dotU = allocate(steps * block);
  const dotDu = allocate(3 * steps * block);
  /** The derivative by h_{t-1} through z of step t. */
  const carry = allocate(block);
  const dotCarry = tangents.firstGradient.h;
  return {
    addsToFirst: true,
    du: dotDu,
    forward(t, product) {
      for (let r = 0; r < rows; r++)
        for (let j = 0; j < n; j++) {
          const at = (t * rows + r) * 3 * n + j;
          const k = (t * rows + r) * n + j;
          const from = r * 3 * n + j;
          const reset = z.value[at] as number;
          const keep = z.value[at + n] as number;
          const fresh = z.value[at + 2 * n] as number;
          const dotReset = reset * (1 - reset) * (z.tangent[at] + product[from]);
          const dotKeep = keep * (1 - keep) * (z.tangent[at + n] + product[from + n]);
          dotU[k] = product[from + 2 * n] as number;
          const inner = z.tangent[at + 2 * n] + dotReset * u[k] + reset * dotU[k];
          const dotFresh = (1 - fresh * fresh) * inner;
          z.tangent[at] = dotReset;
          z.tangent[at + n] = dotKeep;
          z.tangent[at + 2 * n] = dotFresh;
          const before = (t === 0 ? first.h[r * n + j] : h.value[k - block]) as number;
          const dotBefore = (t === 0 ? tangents.first.h[r * n + j] : h.tangent[k - block]) as number;
          h.tangent[k] = dotKeep * (before - fresh) + (1 - keep) * dotFresh + keep * dotBefore;
        }
    },
    backward(t, a, da, flows) {
      if (!flows) {
        carry.fill(0);
        dotCarry.fill(0);
      }
      for (let r = 0; r < rows; r++)
        for (let j = 0; j < n; j++) {
          const at = (t * rows + r) * 3 * n + j;
          const k = (t * rows + r) * n + j;
          const m = r * n + j;
          const d = a[m] + carry[m];
          const dotD = da[m] + dotCarry[m];
          const reset = z.value[at] as number;
          const keep = z.value[at + n] as number;
          const fresh = z.value[at + 2 * n] as number;
          const dotReset = z.tangent[at] as number;
          const dotKeep = z.tangent[at + n] as number;
          const dotFresh = z.tangent[at + 2 * n] as number;
          const before = (t === 0 ? first.h[m] : h.value[k - block]) as number;
          const dotBefore = (t === 0 ? tangents.first.h[m] : h.tangent[k - block]) as number;
          /** Tangent of e y (1 - y). */
          const sigmoid = (y: number, dotY: number, e: number, dotE: number): number =>
            dotE * y * (1 - y) + e * (1 - 2 * y) * dotY;
          const change = before - fresh;
          const dKeep = sigmoid(keep, dotKeep, d * change, dotD * change + d * (dotBefore - dotFresh));
          const part = d * (1 - keep);
          const dn = part * (1 - fresh * fresh);
          const dotDn = (dotD * (1 - keep) - d * dotKeep) * (1 - fresh * fresh) - 2 * part * fresh * dotFresh;
          const dReset = sigmoid(reset, dotReset, dn * u[k], dotDn * u[k] + dn * dotU[k]);
          z.gradientTangent[at] = dReset;
          z.gradientTangent[at + n] = dKeep;
          z.gradientTangent[at + 2 * n] = dotDn;
          dotDu[at] = dReset;
          dotDu[at + n] = dKeep;
          dotDu[at + 2 * n] = dotDn * reset + dn * dotReset;
          carry[m] = d * keep;
          dotCarry[m] = dotD * keep + d * dotKeep;
        }
    },
  };
}
