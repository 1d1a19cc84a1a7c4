import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { busyUnary, requests, sample } from '../support/metrics.js';
import { memoryOf, type ServingProgram, serveProgram } from '../support/program.js';
import { fromProblem } from '../support/refusal.js';
import type { ClipReply } from '../support/replies.js';
import { type Reply, send } from '../support/send.js';
import { until } from '../support/until.js';

const MiB = 1024 * 1024;
const CLIP = JSON.stringify({ gradients: [[3, 4]], clipping: { globalNorm: { threshold: 5 } } });

let service: ServingProgram;
before(async () => {
  service = await serveProgram();
});
after(() => service.stop());

const post = (body: string | Readable): Promise<Reply> =>
  send(`${service.http}/v1/clip`, { headers: { 'content-type': 'application/json' }, body });

async function assertServes(): Promise<void> {
  const reply = await post(CLIP);
  assert.equal((JSON.parse(reply.body.toString()) as ClipReply).reports[0]?.norm, 5);
}

/** A hundred blocks of spaces, which JSON allows. */
function* spaces(frame: (block: Buffer) => Buffer[]): Generator<Buffer, void, void> {
  const block = Buffer.alloc(MiB, ' ');
  for (let i = 0; i < 100; i++) yield* frame(block);
}
const inChunks = (block: Buffer): Buffer[] => [
  Buffer.from(`${block.length.toString(16)}\r\n`),
  block,
  Buffer.from('\r\n'),
];

/** A gigabyte of zeros in a megabyte: sixty-four members of sixteen megabytes each. */
const bomb = Buffer.concat(new Array(64).fill(gzipSync(Buffer.alloc(16 * MiB), { level: 9 })));
const GZIP = `content-encoding: gzip\r\ncontent-length: ${bomb.length}`;

describe('a body over the limit is refused with 413, memory stays bounded and the connection open', () => {
  const limit = `the body may have ${32 * MiB} bytes`;
  for (const [title, headers, body, says] of [
    [
      'a hundred megabytes of known length',
      `content-length: ${100 * MiB}`,
      () => spaces((block) => [block]),
      `${limit}, got ${100 * MiB}`,
    ],
    [
      'a hundred megabytes in chunks',
      'transfer-encoding: chunked',
      function* () {
        yield* spaces(inChunks);
        yield Buffer.from('0\r\n\r\n');
      },
      `${limit}, got more than ${32 * MiB}`,
    ],
    [
      'a megabyte that gzip blows up to a gigabyte',
      GZIP,
      () => [bomb],
      `${limit}, got more than ${32 * MiB}`,
    ],
  ] as const)
    test(title, async () => {
      await assertServes();
      const before = memoryOf(service);
      const socket = await open();
      const refused = firstOf(socket);
      socket.write(head(headers));
      for (const part of body()) if (!socket.write(part)) await once(socket, 'drain');
      const [top = '', problem = ''] = (await refused).split('\r\n\r\n');
      assert.match(top, /^HTTP\/1\.1 413 /);
      const { reason, message } = fromProblem(413, problem);
      assert.equal(reason, 'PAYLOAD_TOO_LARGE');
      assert.ok(message.includes(says), message);
      const next = firstOf(socket);
      socket.write(head(`content-length: ${CLIP.length}`) + CLIP);
      assert.match(await next, /^HTTP\/1\.1 200 OK\r\n/);
      socket.destroy();
      const grown = memoryOf(service).peak - before.now;
      assert.ok(grown < 300, `grew by ${grown} MiB`);
    });
});

describe('a body', () => {
  test('may come in chunks, one byte at a time', async () => {
    const body = Readable.from(CLIP.split('').map((character) => Buffer.from(character)));
    assert.equal((await post(body)).status, 200);
  });

  test('may wait until the server says continue', async () => {
    const socket = await open();
    socket.write(head(`content-length: ${CLIP.length}\r\nexpect: 100-continue`));
    assert.match(await firstOf(socket), /^HTTP\/1\.1 100 Continue\r\n/);
    socket.write(CLIP);
    assert.match(await firstOf(socket), /^HTTP\/1\.1 200 OK\r\n/);
    socket.destroy();
  });

  for (const [title, headers, part] of [
    ['that is cut off', `content-length: ${CLIP.length}`, CLIP.slice(0, 20)],
    ['that is cut off inside a chunk', 'transfer-encoding: chunked', '40\r\n{"gradients"'],
    ['of a megabyte that is cut off', `content-length: ${MiB}`, ' '.repeat(1000)],
    ['packed by gzip that is cut off', 'content-length: 99\r\ncontent-encoding: gzip', '\x1f\x8b\x08'],
  ] as const)
    test(`${title} harms nobody, and counts as cancelled`, async () => {
      const cancelled = requests('clip', 'http', 'CANCELLED');
      const before = await sample(service, cancelled);
      const socket = await open();
      socket.write(head(headers));
      socket.write(part, 'latin1');
      // The end of one side and the loss of both are different events to the server.
      await new Promise<void>((resolve) =>
        socket
          .once('close', () => resolve())
          .end()
          .resume(),
      );
      const torn = await open();
      torn.write(head(headers));
      torn.write(part, 'latin1', () => torn.resetAndDestroy());
      await assertServes();
      await until('both are counted', async () => (await sample(service, cancelled)) === before + 2);
      assert.equal(await sample(service, requests('clip', 'http', 'INTERNAL')), 0);
      assert.equal(await sample(service, busyUnary), 0);
      assert.equal(service.stderr(), '');
    });

  test('with a length and in chunks at once is refused, because proxies would disagree on its end', async () => {
    const socket = await open();
    socket.write(head(`content-length: ${CLIP.length}\r\ntransfer-encoding: chunked`));
    assert.match(await firstOf(socket), /^HTTP\/1\.1 400 /);
    socket.destroy();
    await assertServes();
  });
});

const head = (headers: string): string =>
  `POST /v1/clip HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n${headers}\r\n\r\n`;

function open(): Promise<Socket> {
  const { hostname, port } = new URL(service.http);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => resolve(socket));
    socket.once('error', reject);
  });
}

const firstOf = (socket: Socket): Promise<string> =>
  new Promise((resolve) => socket.once('data', (data) => resolve(data.toString())));
