import assert from 'node:assert/strict';
import { test } from 'node:test';
import { composite, type Place } from '../../src/core/clipping/composite.js';
import { ruleMemory } from '../../src/core/clipping/memory.js';
import type { Rule } from '../../src/core/clipping/rule.js';
import { newReport, type Report } from '../../src/core/kernels/clip.js';
import type { Tensor } from '../../src/core/tensor.js';

/** Counts its calls in its state, tells what it was given, and doubles the gradient if asked to. */
const spy = (seen: unknown[], doubles: boolean): Rule => ({
  euclidean: true,
  needs: 'parameters',
  groups: () => [''],
  init: (tensors, names) => ({ calls: 0, size: tensors.length + names.length }),
  clip(tensors, squares, norm, reports, context) {
    const { calls, size } = context.state as { calls: number; size: number };
    seen.push([context.names, [...squares], norm, context.parameters?.length, calls, size]);
    squares.fill(7);
    context.state = { calls: calls + 1, size };
    (reports[0] as Report).clipped = doubles;
    if (doubles) for (const x of tensors) x.set(x.map((v) => 2 * v));
  },
});
const place = (name: string, rule: Rule, members: readonly number[]): Place => ({
  name,
  path: name,
  key: name,
  rule,
  members,
});

test('each part gets right squares and norm, its own tensors and its own memory', () => {
  const seen: unknown[] = [];
  const [first, second, third] = [spy(seen, true), spy(seen, false), spy(seen, false)];
  const rule = composite([first, second, third], () => [
    place('a', first, [1]),
    place('b', second, [0, 1]),
    place('c', third, [0, 1]),
  ]);
  const tensors = [Float64Array.of(3), Float64Array.of(4)];
  const names = ['x', 'y'];
  const reports = rule.groups(names).map(newReport);
  const state = rule.init?.(tensors, names) ?? [];
  const context = { names, shapes: [[1], [1]], parameters: tensors, state };
  assert.deepEqual([rule.euclidean, rule.needs, rule.rules], [false, 'parameters', 3]);
  assert.deepEqual(
    reports.map(({ name }) => name),
    ['a', 'b', 'c'],
  );
  rule.clip(tensors, Float64Array.of(9, 16), 5, reports, context);
  const norm = Math.sqrt(73);
  assert.deepEqual(seen.splice(0), [
    [['y'], [16], 4, 1, 0, 2],
    [['x', 'y'], [9, 64], norm, 2, 0, 4],
    [['x', 'y'], [9, 64], norm, 2, 0, 4],
  ]);
  rule.clip(tensors, Float64Array.of(9, 64), norm, reports, context);
  assert.deepEqual(
    seen.map((call) => (call as unknown[])[4]),
    [1, 1, 1],
  );
  assert.deepEqual(context.state, {
    a: { calls: 2, size: 2 },
    b: { calls: 2, size: 4 },
    c: { calls: 2, size: 4 },
  });
});

test('its memory travels, and fits no other parts', () => {
  const part = spy([], false);
  const ruleOf = (key: string) =>
    composite([part, part], () => [place(key, part, [1]), place('z', part, [0, 1])]);
  const gradients = ['x', 'y'].map(
    (name): Tensor => ({
      name,
      shape: [1],
      dtype: 'float64',
      data: Float64Array.of(1),
      encoding: 'values',
    }),
  );
  const tensors = gradients.map(({ data }) => data as Float64Array);
  const memoryOf = (key: string) => ruleMemory(ruleOf(key), { chain: {} }, gradients, false);
  const remembered = { '0:a, "b"': { calls: 3, size: 2 }, z: { calls: 4, size: 4 } };
  const { clippingState = null } = memoryOf('0:a, "b"').written({ rule: remembered, counters: null }, 1);
  assert.deepEqual(memoryOf('0:a, "b"').read(clippingState, tensors).rule, remembered);
  assert.throws(() => memoryOf('0:c').read(clippingState, tensors), /chain with other options/);
});

test('a rule of parts that remember nothing remembers nothing', () => {
  const { init: _, needs: _needs, ...forgetful } = spy([], false);
  const rule = composite([forgetful], () => [place('a', forgetful, [0])]);
  assert.deepEqual([rule.init, rule.needs], [undefined, undefined]);
});
