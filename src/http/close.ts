import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

const SWEEP_MS = 50;

/**
 * How `app` will stop: it listens no more and waits for the replies under way, up to `graceMs`. Connections without
 * a request do not count; node closes them only when they are idle at that very moment, and one that never sent
 * anything not at all.
 */
export function newClose(app: FastifyInstance): (graceMs: number) => Promise<void> {
  const { server } = app;
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  const sweep = (): void => {
    server.closeIdleConnections();
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
  };
  return async (graceMs) => {
    const sweeping = setInterval(sweep, SWEEP_MS);
    const limit = setTimeout(() => server.closeAllConnections(), graceMs);
    await app.close();
    clearInterval(sweeping);
    clearTimeout(limit);
  };
}
