import { nextNonFinite } from '../../kernels/vector.js';
import { math } from '../../kernels/wasm.js';
import { type Dtype, newVector } from '../../layout.js';
import type { Network, NetworkPlan } from '../../network/graph.js';
import type { Objective, ObjectivePlan } from '../objective.js';
import type { Source } from './data.js';
import type { Ends } from './network.js';
import { type Streams, writeWindow } from './streams.js';

export function planLanguageModel(plan: NetworkPlan, ends: Ends, source: Source): ObjectivePlan {
  const { layout } = plan;
  const width = layout.dtype === 'float32' ? 4 : 8;
  const carried = ends.states.reduce((sum, { size }) => sum + size, 0);
  return {
    layout,
    flopsPerEvaluation: plan.flops,
    // A pass forward is a third of both.
    flopsPerHeldOut:
      source.heldOut === null ? 0 : (plan.flops / 3) * Math.ceil(source.heldOut.steps / source.steps),
    bytes: plan.bytes + source.bytes + 2 * carried * width,
    evaluationColumns: source.heldOut === null ? [] : ['validationLoss', 'validationPerplexity'],
    create: (room) => newLanguageModel(plan.allocate(room), ends, source, layout.dtype),
  };
}

/**
 * Window k of the streams at iteration k; behind the last one the streams begin anew, with zero states. With carried states
 * f at iteration k is defined by those that its window begins with: the ones that the last evaluation of iteration k - 1,
 * whatever its parameters, ended with. They stay until the next `select`, so that further evaluations at iteration k, of
 * a line search or for curvature, are of one and the same function. No gradient flows through them.
 */
function newLanguageModel(network: Network, ends: Ends, source: Source, dtype: Dtype): Objective {
  const { training, heldOut, steps } = source;
  const { window, inputs, next, states } = ends;
  const windows = Math.floor(training.steps / steps);
  const carried = states.map((memory) => ({
    memory,
    first: newVector(dtype, memory.size),
    last: newVector(dtype, memory.size),
  }));
  let current = 0;

  const write = (streams: Streams, from: number, count: number): void => {
    window.size = count;
    writeWindow(streams, from, count, inputs, next);
  };
  const restart = (): void => {
    for (const { memory, first } of carried) memory.value.set(first);
  };
  write(training, 0, steps);

  return {
    x: network.x,
    gradient: network.gradient,
    valueAndGradient() {
      restart();
      const value = network.valueAndGradient();
      for (const { memory, last } of carried) last.set(memory.value);
      return value;
    },
    hessianVectorProduct(v, out) {
      restart();
      network.hessianVectorProduct(v, out);
    },
    select(iteration) {
      current = iteration % windows;
      write(training, current * steps, steps);
      // What overflowed once would spoil every window to come.
      for (const { first, last } of carried)
        if (current === 0 || nextNonFinite(last) !== -1) first.fill(0);
        else first.set(last);
    },
    ...(heldOut !== null && {
      /** The held-out streams from zero states to their end, the last window shorter. */
      evaluate(out) {
        for (const { value } of states) value.fill(0);
        let sum = 0;
        for (let from = 0; from < heldOut.steps; from += steps) {
          const count = Math.min(steps, heldOut.steps - from);
          write(heldOut, from, count);
          sum += network.loss(false) * count;
          network.advance();
        }
        out[0] = sum / heldOut.steps;
        out[1] = math.exp(out[0]);
        write(training, current * steps, steps);
      },
    }),
  };
}
