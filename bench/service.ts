import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { toJson } from '../src/wire/json.js';
import { bytesClient, grpcLoad, httpLoad, type Load, methodOf } from './client.js';
import { median, numbers, quantile, ratio } from './measure.js';
import { type Server, startEcho, startGradclip } from './server.js';
import type { Table } from './table.js';

const PROCESSES = 3;
/** Whose loads are not counted: code is compiled and the heap grows. */
const WARM_UP = 4;
const ROUNDS = 8;
const SECONDS = 1;
const CLIPPING = { globalNorm: { threshold: 1 } };
const QUERY = '/v1/clip?globalNorm.threshold=1';

const clipJson = (n: number): Buffer =>
  Buffer.from(toJson({ gradients: [{ values: numbers(n) }], clipping: CLIPPING }));
const clipMessage = (n: number): Buffer =>
  methodOf('Clip').requestSerialize({
    gradients: [{ raw: new Uint8Array(numbers(n).buffer) }],
    clipping: CLIPPING,
  });

export async function service(): Promise<Table[]> {
  // First, while this process has little to collect: its threads and the server's share two cores.
  const alone = await startGradclip();
  const delay = await loopDelay(alone).finally(alone.stop);
  return [await throughput(), await largeBodies(), delay];
}

type Pair = readonly [gradclip: Server, echo: Server];

async function withPair<T>(measure: (pair: Pair) => Promise<T>): Promise<T> {
  const pair = [await startGradclip(), await startEcho()] as const;
  return measure(pair).finally(() => Promise.all(pair.map(({ stop }) => stop())));
}

/** Service and echo in turn, so that a drift of the machine meets both. */
async function inTurn(load: (server: Server) => Promise<Load>, pair: Pair): Promise<[Load, Load][]> {
  const rounds: [Load, Load][] = [];
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    const loads: [Load, Load] = [await load(pair[0]), await load(pair[1])];
    if (round >= 0) rounds.push(loads);
  }
  return rounds;
}

async function throughput(): Promise<Table> {
  const kinds = [10, 1000].flatMap((n) => {
    const [body, message] = [clipJson(n), clipMessage(n)];
    return [
      {
        transport: 'HTTP, JSON',
        n,
        load: ({ http }: Server) => httpLoad(`${http}/v1/clip`, 'application/json', body, SECONDS),
      },
      { transport: 'gRPC, raw', n, load: ({ grpc }: Server) => grpcLoad(grpc, message, SECONDS) },
    ].map((kind) => ({ ...kind, rounds: [] as [Load, Load][] }));
  });
  for (let process = 0; process < PROCESSES; process++)
    await withPair(async (pair) => {
      for (const { load, rounds } of kinds) rounds.push(...(await inTurn(load, pair)));
    });
  const middle = (rounds: [Load, Load][], which: 0 | 1, key: keyof Load): number =>
    median(rounds.map((pair) => pair[which][key]));
  return {
    title: 'requests per second beside a bare echo',
    note:
      `Clip of n doubles with default settings, 16 at a time, in turn with a bare fastify (JSON) or grpc-js (bytes) echo of the same payload; ` +
      `medians of ${PROCESSES * ROUNDS} rounds of ${SECONDS} s, ${ROUNDS} with each of ${PROCESSES} processes, because two of the same program differ by some percent. Client and server are two processes.`,
    columns: [
      'transport',
      'n',
      'gradclip/s',
      'echo/s',
      'ratio',
      'p50 ms, gradclip / echo',
      'p99 ms, gradclip / echo',
    ],
    rows: kinds.map(({ transport, n, rounds }) => [
      transport,
      n,
      Math.round(middle(rounds, 0, 'perSecond')),
      Math.round(middle(rounds, 1, 'perSecond')),
      ratio(median(rounds.map(([ours, bare]) => ours.perSecond / bare.perSecond))),
      ...(['p50', 'p99'] as const).map(
        (key) => `${middle(rounds, 0, key).toFixed(1)} / ${middle(rounds, 1, key).toFixed(1)}`,
      ),
    ]),
  };
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** In milliseconds. */
async function timed(call: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await call();
  return performance.now() - start;
}

/** One POST of bytes, the reply read to its end. */
function post(url: string, body: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const call = request(
      url,
      {
        method: 'POST',
        agent,
        headers: { 'content-type': 'application/octet-stream', 'content-length': body.length },
      },
      (reply) => {
        reply.on('data', () => {});
        reply.on('end', () =>
          reply.statusCode === 200 ? resolve() : reject(new Error(`${url}: ${reply.statusCode}`)),
        );
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}

const PAIRS = 20;
const WARM_UP_PAIRS = 10;

async function largeBodies(): Promise<Table> {
  const n = 1_000_000;
  const body = Buffer.from(numbers(n).buffer);
  const message = clipMessage(n);
  const http = ['HTTP, octet-stream', [] as [number, number][]] as const;
  const grpc = ['gRPC, raw', [] as [number, number][]] as const;
  for (let process = 0; process < PROCESSES; process++)
    await withPair(async ([gradclip, echo]) => {
      const [ours, bare] = [bytesClient(gradclip.grpc), bytesClient(echo.grpc)];
      const sides = [
        [http, () => post(gradclip.http + QUERY, body), () => post(`${echo.http}/`, body)],
        [grpc, () => ours.unary('Clip', message), () => bare.unary('Clip', message)],
      ] as const;
      for (const [[, pairs], clip, send] of sides)
        for (let i = -WARM_UP_PAIRS; i < PAIRS; i++) {
          const pair: [number, number] = [await timed(clip), await timed(send)];
          if (i >= 0) pairs.push(pair);
        }
      ours.close();
      bare.close();
    });
  return {
    title: 'clip of 10⁶ doubles as bytes beside a bare echo',
    note: `One after the other, ${PAIRS} pairs with each of ${PROCESSES} processes, medians and their ratio.`,
    columns: ['transport', 'gradclip ms', 'echo ms', 'ratio'],
    rows: [http, grpc].map(([name, pairs]) => {
      const [ours, bare] = ([0, 1] as const).map((which) => median(pairs.map((pair) => pair[which])));
      return [name, ours.toFixed(1), bare.toFixed(1), ratio(ours / bare)];
    }),
  };
}

async function scrapedP99({ http }: Server): Promise<number> {
  const text = await (await fetch(`${http}/metrics`)).text();
  return Number(/^nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(text)?.[1]) * 1000;
}

async function loopDelay(gradclip: Server): Promise<Table> {
  const n = 10_000_000;
  const body = Buffer.from(numbers(n).buffer);
  const message = clipMessage(n);
  const client = bytesClient(gradclip.grpc);
  const rows: (string | number)[][] = [];
  for (const [name, clip] of [
    ['HTTP, octet-stream', () => post(gradclip.http + QUERY, body)],
    ['gRPC, raw', () => client.unary('Clip', message)],
  ] as const) {
    await clip();
    await scrapedP99(gradclip);
    const start = performance.now();
    for (let i = 0; i < 10; i++) await clip();
    const each = (performance.now() - start) / 10;
    const p99 = await scrapedP99(gradclip);
    const small: number[] = [];
    let busy = true;
    const probe = (async () => {
      while (busy) {
        const start = performance.now();
        await (await fetch(`${gradclip.http}/livez`)).text();
        small.push(performance.now() - start);
        await sleep(2);
      }
    })();
    for (let i = 0; i < 10; i++) await clip();
    busy = false;
    await probe;
    rows.push([
      name,
      each.toFixed(0),
      p99.toFixed(1),
      quantile(small, 0.5).toFixed(1),
      quantile(small, 0.99).toFixed(1),
    ]);
  }
  client.close();
  return {
    title: 'event-loop delay while clips of 10⁷ doubles come in',
    note:
      'Ten clips of 80 MB one after the other, and the server does nothing else. The delay is the one that /metrics reports (p99 since the last scrape). Then ten more, and meanwhile ' +
      'a GET /livez every 2 ms, which shares its process and its core with the client of the clips.',
    columns: ['transport', 'clip ms', 'loop delay p99 ms', 'GET p50 ms', 'GET p99 ms'],
    rows,
  };
}
