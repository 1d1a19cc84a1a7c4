import { openStream } from './event-stream.js';
import { busyRuns, busyUnary, sample } from './metrics.js';
import { endlessRun, slowEvaluation } from './runs.js';
import type { TestService } from './service.js';
import { postJson } from './transports.js';
import { until } from './until.js';

export const idle = (service: { readonly http: string }): Promise<void> =>
  until('no run is under way', async () => (await sample(service, busyRuns)) === 0);

/** Holds the only thread for runs while `body` executes; its reader sleeps, so the thread soon does too. */
export async function whileRunning(
  service: { readonly http: string },
  body: () => Promise<void>,
): Promise<void> {
  const stream = await openStream(service, endlessRun());
  await until('the run is under way', async () => (await sample(service, busyRuns)) === 1);
  try {
    await body();
  } finally {
    stream.destroy();
    await idle(service);
  }
}

/** Holds the only thread for single computations for about a second while `body` executes. */
export async function whileComputing(service: TestService, body: () => Promise<void>): Promise<void> {
  const slow = postJson(service, '/v1/evaluate', slowEvaluation());
  await until('the thread is busy', async () => (await sample(service, busyUnary)) === 1);
  await body();
  await slow;
}
