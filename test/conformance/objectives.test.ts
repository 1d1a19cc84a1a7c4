import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { objectives } from '../../src/core/objectives/index.js';
import { newRandom } from '../support/random.js';
import { startService, type TestService } from '../support/service.js';
import { type Dtype, openSubject, type Subject, specOf } from '../support/subject.js';
import { grpc } from '../support/transports.js';

const norm = (v: readonly number[]): number => Math.hypot(...v);
const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, v, i) => sum + v * (b[i] as number), 0);
const along = (x: readonly number[], h: number, v: readonly number[]): number[] =>
  x.map((xi, i) => xi + h * (v[i] as number));
/** Balances truncation, of order h², against rounding, of order 1e-16 / h. */
const stepAt = (x: readonly number[], kind: string): number =>
  (HAS_KINKS.includes(kind) ? 6e-8 : 6e-6) * (1 + norm(x));
/** Between the kinks of their ReLUs: the step is short, for the difference not to reach over one. */
const HAS_KINKS = ['residualNetwork'];
/** The greatest difference, relative to what is compared. */
function apart(a: readonly number[], b: readonly number[], scale: number): number {
  assert.equal(a.length, b.length);
  return norm(a.map((v, i) => v - (b[i] as number))) / scale;
}

/** The start, two points around it, and one near zero, where some objectives have another formula. */
const pointsOf = ({ start }: Subject): number[][] =>
  [0, 1, 2, 3].map((seed) => {
    const random = newRandom(seed);
    return start.map((v) => Math.fround((seed === 3 ? v / 20 : v) + (seed === 0 ? 0 : 0.5 * random())));
  });
/** Unit vectors where they are few, and directions that touch everything. */
function directionsOf({ size }: Subject): number[][] {
  const random = newRandom(99);
  const axes = size > 16 ? [] : Array.from({ length: size }, (_, i) => unit(size, i));
  return [...axes, ...[0, 1, 2].map(() => Array.from({ length: size }, random))];
}
const unit = (size: number, i: number): number[] => Array.from({ length: size }, (_, j) => +(i === j));

describe('every objective', () => {
  let service: TestService;
  before(async () => {
    service = await startService();
  });
  after(() => service.stop());

  for (const { kind, example } of objectives.plugins) {
    const opened = (dtype: Dtype): Promise<Subject> =>
      openSubject(grpc(service), specOf(kind, example, dtype), dtype);

    test(`${kind}: the gradient is what central differences of the value give`, async () => {
      const f = await opened('float64');
      for (const x of pointsOf(f)) {
        const { value, gradient } = await f.at(x);
        const h = stepAt(x, kind);
        for (const v of directionsOf(f)) {
          const [up, down] = await Promise.all([f.at(along(x, h, v)), f.at(along(x, -h, v))]);
          const slope = (up.value - down.value) / (2 * h);
          const scale = Math.max(1, norm(gradient), Math.abs(value) / 1000) * Math.max(1, norm(v));
          const error = Math.abs(slope - dot(gradient, v)) / scale;
          assert.ok(error < 1e-7, `at ${x} along ${v}: off by ${error}`);
        }
      }
    });

    test(`${kind}: Hessian-vector products are what differences of gradients give`, async () => {
      const f = await opened('float64');
      for (const x of pointsOf(f)) {
        const directions = directionsOf(f);
        const { gradient, products } = await f.at(x, directions);
        const h = stepAt(x, kind);
        for (const [i, v] of directions.entries()) {
          const [up, down] = await Promise.all([f.at(along(x, h, v)), f.at(along(x, -h, v))]);
          const curve = up.gradient.map((g, j) => (g - (down.gradient[j] as number)) / (2 * h));
          const product = products[i] as readonly number[];
          const error = apart(curve, product, Math.max(1, norm(product), norm(gradient)));
          assert.ok(error < 1e-7, `at ${x} along ${v}: off by ${error}`);
        }
      }
    });

    test(`${kind}: the Hessian is symmetric, and its columns are the products with unit vectors`, async () => {
      const f = await opened('float64');
      for (const x of pointsOf(f)) {
        const hessian = await f.hessian(x);
        const size = Math.max(...hessian.map(Math.abs), Number.MIN_VALUE);
        for (let i = 0; i < f.size; i++)
          for (let j = 0; j < i; j++) {
            const [a, b] = [hessian[i * f.size + j] as number, hessian[j * f.size + i] as number];
            assert.ok(Math.abs(a - b) <= 1e-14 * size, `entries (${i}, ${j}): ${a} and ${b}`);
          }
        const some = Array.from({ length: Math.min(f.size, 8) }, (_, i) => i);
        const { products } = await f.at(
          x,
          some.map((i) => unit(f.size, i)),
        );
        for (const i of some)
          assert.deepEqual(products[i], hessian.slice(i * f.size, (i + 1) * f.size), `row ${i}`);
      }
    });

    test(`${kind}: float32 gives the same value, gradient and products, to its own precision`, async () => {
      const [single, double] = await Promise.all([opened('float32'), opened('float64')]);
      const directions = directionsOf(double).map((v) => v.map(Math.fround));
      for (const x of pointsOf(double)) {
        const [s, d] = await Promise.all([single.at(x, directions), double.at(x, directions)]);
        assert.ok(apart([s.value], [d.value], Math.max(1, Math.abs(d.value))) < 2e-6);
        assert.ok(apart(s.gradient, d.gradient, Math.max(1, norm(d.gradient))) < 2e-6);
        assert.deepEqual(s.gradient, s.gradient.map(Math.fround), 'numbers of single precision');
        for (const [i, product] of d.products.entries())
          assert.ok(apart(s.products[i] ?? [], product, Math.max(1, norm(product))) < 2e-6);
      }
    });

    test(`${kind}: the same request gives the same bits`, async () => {
      const f = await opened('float64');
      const [x] = pointsOf(f) as [number[]];
      const directions = directionsOf(f);
      assert.deepEqual(await f.at(x, directions), await f.at(x, directions));
    });
  }
});
