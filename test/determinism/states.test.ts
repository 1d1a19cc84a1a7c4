import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { clipping } from '../../src/core/clipping/index.js';
import { optimizers } from '../../src/core/optimizers/index.js';
import { schedules } from '../../src/core/schedules/index.js';
import { newGrpcClient } from '../support/grpc-client.js';
import { type ServiceProcess, startProcess } from '../support/process.js';
import { newRandom } from '../support/random.js';
import type { WireTensor } from '../support/replies.js';
import { stepsAlone } from '../support/requests.js';
import type { TestService } from '../support/service.js';
import { bytesOf, type Numbers } from '../support/tensors.js';
import { grpc, rest, type Transport } from '../support/transports.js';
import { STATES } from './expected.js';

/** Whatever remembers something, by its example: name -> the rules of a step. */
const CASES: readonly (readonly [string, object])[] = [
  ...optimizers.plugins
    .filter(({ kind }) => stepsAlone(kind))
    .map(({ kind, example }) => [`optimizer ${kind}`, { optimizer: { [kind]: example } }] as const),
  ...schedules.plugins
    .filter(({ params, example, build }) => build(params.parse(example)).init)
    .map(
      ({ kind, example }) =>
        [
          `schedule ${kind}`,
          { optimizer: { adam: { learningRate: 0.1 } }, schedule: { [kind]: example } },
        ] as const,
    ),
  ...clipping.plugins
    .filter(({ params, example, build }) => build(params.parse(example)).init)
    .map(
      ({ kind, example }) =>
        [
          `rule ${kind}`,
          { optimizer: { lion: { learningRate: 0.1 } }, clipping: { [kind]: example } },
        ] as const,
    ),
];
const STEPS = 8;

/** A matrix of doubles and a vector of singles. */
const tensors = (random: () => number, size: number): Numbers[] => [
  { name: 'w', shape: [3, 4], data: Array.from({ length: 12 }, () => random() * size) },
  { name: 'b', shape: [5], data: Array.from({ length: 5 }, () => random() * size), dtype: 'float32' },
];

/** All that a step leaves: the bytes of parameters and states. */
interface Left {
  readonly parameters: readonly Buffer[];
  readonly state: Buffer | null;
  readonly clippingState: Buffer | null;
}

/** Step t from what the step before has left, a spike among the gradients. */
async function stepFrom({ step, tensor }: Transport, rules: object, t: number, before: Left | null) {
  const start = tensors(newRandom(1), 1).map(tensor);
  const reply = await step({
    ...rules,
    parameters:
      before === null
        ? start
        : start.map((tensor, i) => ({ ...tensor, raw: new Uint8Array(before.parameters[i] as Buffer) })),
    gradients: tensors(newRandom(10 + t), t === 5 ? 100 : 1).map(tensor),
    value: 4 / (1 + t),
    ...(before?.state != null && { state: before.state }),
    ...(before?.clippingState != null && { clippingState: before.clippingState }),
  });
  const bytes = (raw: string | Uint8Array | undefined) => (raw === undefined ? null : bytesOf(raw));
  return {
    parameters: (reply.parameters as readonly WireTensor[]).map(({ raw }) => bytesOf(raw ?? '')),
    state: bytes(reply.state),
    clippingState: bytes(reply.clippingState),
  } satisfies Left;
}

describe('what remembers', () => {
  let processes: ServiceProcess[] = [];
  let services: TestService[] = [];
  before(async () => {
    processes = await Promise.all([startProcess(), startProcess()]);
    services = processes.map((process) => {
      const client = newGrpcClient(process.address);
      const stop = async () => {
        client.close();
        await process.stop();
      };
      return { ...process, grpc: client, stop };
    });
  });
  after(() => Promise.all(services.map((service) => service.stop())));

  for (const [name, rules] of CASES)
    test(`${name}: goes on after every step in the other process over the other transport, and leaves the bytes of every machine`, async () => {
      const [first, second] = services as [TestService, TestService];
      const hash = createHash('sha256');
      let whole: Left | null = null;
      let carried: Left | null = null;
      for (let t = 0; t < STEPS; t++) {
        whole = await stepFrom(grpc(first), rules, t, whole);
        carried = await stepFrom(t % 2 === 0 ? rest(second, 'raw') : grpc(first), rules, t, carried);
        assert.deepEqual(carried, whole, `after step ${t}`);
        for (const bytes of [...whole.parameters, whole.state, whole.clippingState])
          if (bytes !== null) hash.update(bytes);
      }
      assert.equal(hash.digest('hex').slice(0, 16), STATES[name], `the constant of '${name}' in expected.ts`);
    });

  test('has no constant left over', () => {
    assert.deepEqual(Object.keys(STATES).toSorted(), CASES.map(([name]) => name).toSorted());
  });
});
