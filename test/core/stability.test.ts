import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type Bracket,
  isStable,
  mostTrials,
  type RateSearch,
  searchStableRate,
} from '../../src/core/stability.js';

/** Searches where `stable` decides; all rates that were tried, and the bracket. */
function searched(
  search: RateSearch,
  stable: (rate: number) => boolean | null,
): { tried: number[]; bracket: Bracket } {
  const tried: number[] = [];
  const rates = searchStableRate(search);
  let next = rates.next();
  while (!next.done) {
    tried.push(next.value);
    next = rates.next(stable(next.value));
  }
  return { tried, bracket: next.value };
}
const usual = { from: 0.1, lower: 1e-6, upper: 1e6, tolerance: 0.01 };

describe('the search for the largest stable learning rate', () => {
  for (const limit of [2e-6, 0.0123, 0.0999, 0.1, 0.2, 777])
    for (const tolerance of [1, 0.01, 1e-6, 1e-12])
      test(`brackets ${limit} to ${tolerance}, whatever it starts from, in the trials that it announces`, () => {
        for (const from of [1e-6, 0.1, 0.3, 1e6]) {
          const search = { ...usual, from, tolerance };
          const { tried, bracket } = searched(search, (rate) => rate <= limit);
          const { stable, unstable } = bracket as { stable: number; unstable: number };
          assert.ok(stable <= limit && limit < unstable, `${stable} ... ${unstable}`);
          assert.ok(unstable <= stable * (1 + tolerance));
          assert.ok(tried.length <= mostTrials(search), `${tried.length} of ${mostTrials(search)}`);
          assert.equal(new Set(tried).size, tried.length, 'no rate twice');
        }
      });

  test('ends at a bound where nothing is unstable, or nothing stable', () => {
    const up = searched(usual, () => true);
    assert.deepEqual(up.bracket, { stable: 1e6, unstable: null });
    const down = searched(usual, () => false);
    assert.deepEqual(down.bracket, { stable: null, unstable: 1e-6 });
    for (const { tried } of [up, down]) assert.ok(tried.length <= mostTrials(usual));
    const point = { ...usual, lower: 0.1, upper: 0.1 };
    assert.deepEqual(
      searched(point, () => true),
      { tried: [0.1], bracket: { stable: 0.1, unstable: null } },
    );
  });

  test('stays where it came upon a stable interval first, of several', () => {
    const islands = (rate: number): boolean => rate < 1 || (rate > 40 && rate < 50);
    const { bracket } = searched(usual, islands);
    assert.ok((bracket.stable as number) < 1 && (bracket.unstable as number) >= 1);
    const { bracket: other } = searched({ ...usual, from: 45 }, islands);
    assert.ok((other.stable as number) < 50 && (other.unstable as number) >= 50);
  });

  test('ends with what it knows where a trial says nothing', () => {
    const { tried, bracket } = searched(usual, (rate) => (rate > 1 ? null : true));
    assert.deepEqual([tried.length, bracket], [5, { stable: 0.8, unstable: null }]);
  });

  test('ends where two doubles have none between them', () => {
    const search = { from: 5e-324, lower: 5e-324, upper: 1e-323, tolerance: 1e-12 };
    const { bracket } = searched(search, (rate) => rate < 1e-323);
    assert.deepEqual(bracket, { stable: 5e-324, unstable: 1e-323 });
  });
});

describe('a stable run', () => {
  test('did not diverge, and ended no higher above its start than that is above 0', () => {
    const course = { start: 4, beforeLast: 1, last: 8 };
    assert.equal(isStable('MAX_ITERATIONS', course), true);
    assert.equal(isStable('DIVERGED', course), false);
    assert.equal(isStable('MAX_ITERATIONS', { ...course, last: 8.1 }), false);
    assert.equal(isStable('MAX_ITERATIONS', { ...course, beforeLast: 8.1 }), false);
    assert.equal(isStable('CONVERGED', { start: -4, beforeLast: -5, last: 0 }), true);
    assert.equal(isStable('MAX_ITERATIONS', { start: -4, beforeLast: 0.1, last: -5 }), false);
    assert.equal(isStable('MAX_ITERATIONS', { ...course, last: Number.NaN }), false);
  });
});
