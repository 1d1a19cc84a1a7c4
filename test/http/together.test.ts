import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { type ServingProgram, serveProgram } from '../support/program.js';

let service: ServingProgram;
before(async () => {
  service = await serveProgram();
});
after(() => service.stop());

const clipOf = (values: readonly number[], threshold: number): string => {
  const body = JSON.stringify({ gradients: [values], clipping: { globalNorm: { threshold } } });
  return `POST /v1/clip HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
};

async function open(): Promise<Socket> {
  const { hostname, port } = new URL(service.http);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  return socket;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** The next `count` replies of a connection, in their order. */
async function answers(socket: Socket, count: number): Promise<Answer[]> {
  const found: Answer[] = [];
  let text = '';
  for await (const data of socket.iterator({ destroyOnReturn: false })) {
    text += data.toString('latin1');
    for (;;) {
      const match = /^HTTP\/1\.1 (\d{3}) .*?content-length: (\d+).*?\r\n\r\n/is.exec(text);
      if (match === null) break;
      const from = match[0].length;
      const end = from + Number(match[2]);
      if (text.length < end) break;
      found.push({ status: Number(match[1]), body: text.slice(from, end) });
      text = text.slice(end);
    }
    if (found.length >= count) break;
  }
  assert.equal(text, '');
  return found;
}

const norms = (given: readonly Answer[]): number[] =>
  given.map(
    ({ body }) => (JSON.parse(body) as { reports: { norm: number }[] }).reports[0]?.norm ?? Number.NaN,
  );

describe('small requests that come together', () => {
  test('get each their own reply, over many connections at once', async () => {
    const sockets = await Promise.all(Array.from({ length: 100 }, open));
    const replies = sockets.map((socket) => answers(socket, 1));
    for (const [i, socket] of sockets.entries()) socket.write(clipOf([3 * i, 4 * i], 1));
    assert.deepEqual(
      norms((await Promise.all(replies)).flat()),
      sockets.map((_, i) => 5 * i),
    );
    for (const socket of sockets) socket.destroy();
  });

  test('get their replies in order over one connection, large ones and refusals between them', async () => {
    const socket = await open();
    const large = Array.from({ length: 1000 }, () => 1);
    const parts = [clipOf([3, 4], 1), clipOf(large, 1), clipOf([6, 8], -1), clipOf([5, 12], 1)];
    const replies = answers(socket, 40);
    socket.write(Array.from({ length: 10 }, () => parts.join('')).join(''));
    const given = await replies;
    assert.deepEqual(
      given.map(({ status }) => status),
      Array.from({ length: 10 }, () => [200, 200, 400, 200]).flat(),
    );
    const right = norms(given.filter(({ status }) => status === 200));
    assert.deepEqual(right, Array.from({ length: 10 }, () => [5, Math.sqrt(1000), 13]).flat());
    socket.destroy();
  });

  test('are answered when some of them are torn off', async () => {
    const sockets = await Promise.all(Array.from({ length: 60 }, open));
    const staying = sockets.filter((_, i) => i % 3 === 0);
    const replies = staying.map((socket) => answers(socket, 1));
    for (const socket of sockets) socket.write(clipOf([3, 4], 1));
    for (const [i, socket] of sockets.entries()) if (i % 3 === 1) socket.resetAndDestroy();
    for (const [i, socket] of sockets.entries()) if (i % 3 === 2) socket.end().resume();
    assert.deepEqual(
      norms((await Promise.all(replies)).flat()),
      staying.map(() => 5),
    );
    for (const socket of staying) socket.destroy();
    assert.equal(service.stderr(), '');
  });
});
