import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { clipping } from '../../src/core/clipping/index.js';
import { objectives } from '../../src/core/objectives/index.js';
import { optimizers } from '../../src/core/optimizers/index.js';
import { schedules } from '../../src/core/schedules/index.js';
import { type Schema, violations } from '../support/json-schema.js';
import { needsOf } from '../support/optimizers.js';
import { startService, type TestService } from '../support/service.js';
import { type Path, postJson } from '../support/transports.js';

interface Entry {
  readonly kind: string;
  readonly summary: string;
  readonly formula: string;
  readonly source: string;
  readonly schema: Schema;
  readonly defaults: object;
  readonly example: Readonly<Record<string, object>>;
}
type List = 'clipping' | 'optimizers' | 'schedules' | 'objectives';

const sgd = { sgd: { learningRate: 0.01 } };
const step = { parameters: [[1, 2]], gradients: [[3, 4]] };
const run = { objective: { quartic: {} }, optimizer: sgd, budget: { maxIterations: 10 } };

/** Every request that an entry of a list fits in. */
const USES: Readonly<Record<List, (choice: object) => readonly (readonly [Path, object])[]>> = {
  clipping: (choice) => [
    ['/v1/clip', { gradients: [[3, 4], [[1, 2]]], clipping: choice }],
    ['/v1/gradient-step', { ...step, optimizer: sgd, clipping: choice }],
    ['/v1/full-run', { ...run, clipping: choice }],
  ],
  optimizers: (choice) => [
    // What evaluates the objective needs one.
    ...(needsOf(choice) === 'evaluations'
      ? []
      : [['/v1/gradient-step', { ...step, optimizer: choice }] as const]),
    ['/v1/full-run', { ...run, optimizer: choice }],
  ],
  schedules: (choice) => [
    ['/v1/gradient-step', { ...step, optimizer: sgd, schedule: choice }],
    ['/v1/full-run', { ...run, schedule: choice }],
  ],
  objectives: (choice) => [
    ['/v1/evaluate', { objective: choice }],
    ['/v1/full-run', { ...run, objective: choice }],
  ],
};
const REGISTRIES = { clipping, optimizers, schedules, objectives } as const;

describe('every entry of the catalog', () => {
  let service: TestService;
  let catalog: Readonly<Record<List, readonly Entry[]>>;
  before(async () => {
    service = await startService();
    catalog = (await (await fetch(`${service.http}/v1/catalog`)).json()) as typeof catalog;
  });
  after(() => service.stop());

  for (const [list, { plugins }] of Object.entries(REGISTRIES)) {
    test(`${list}: the catalog has the kinds of the registry, in its order`, () => {
      const listed = catalog[list as List].map(({ kind }) => kind);
      assert.deepEqual(
        listed,
        plugins.map(({ kind }) => kind),
      );
      assert.equal(new Set(listed).size, listed.length);
    });

    for (const { kind } of plugins) {
      const entry = (): Entry => catalog[list as List].find((one) => one.kind === kind) as Entry;

      test(`${list}, ${kind}: its example runs as it is, wherever it fits`, async () => {
        assert.deepEqual(Object.keys(entry().example), [kind]);
        for (const [path, request] of USES[list as List](entry().example))
          await postJson(service, path, request);
      });

      test(`${list}, ${kind}: its defaults may be sent, and change nothing`, async () => {
        const explicit = { [kind]: { ...entry().defaults, ...entry().example[kind] } };
        for (const [i, [path, request]] of USES[list as List](explicit).entries()) {
          const [, plain] = USES[list as List](entry().example)[i] as readonly [Path, object];
          assert.deepEqual(
            numbersIn(await postJson(service, path, request)),
            numbersIn(await postJson(service, path, plain)),
          );
        }
      });

      test(`${list}, ${kind}: its example fits its schema, and says what it is`, () => {
        const { schema, example, summary, formula, source } = entry();
        assert.deepEqual(violations(schema, example[kind], kind, schema), []);
        for (const text of [summary, formula, source]) assert.ok(text.length > 0);
      });
    }
  }
});

/** A reply without its clock. */
const numbersIn = (reply: unknown): unknown =>
  JSON.parse(
    JSON.stringify(reply, (key, value: unknown) =>
      ['wallSeconds', 'computeSeconds'].includes(key) ? undefined : value,
    ),
  );
