import { openScript } from './python.js';

/** A process of its own with the peers of one model, bound to a number of processors. */
export interface Peers {
  readonly threads: number;
  readonly names: readonly string[];
  /** Milliseconds of a step, the mean of some. */
  sample(name: string): Promise<number>;
  close(): void;
}

/** Null where there is no Python with the libraries. */
export async function openPeers(model: string, threads: number): Promise<Peers | null> {
  const { next, ask, close } = openScript('training.py', [model, String(threads)]);
  const names = (await next()) as string[] | undefined;
  if (names === undefined || names.length === 0) {
    close();
    return null;
  }
  return {
    threads,
    names,
    async sample(name) {
      const ms = await ask(name);
      if (ms === undefined) throw new Error(`${name} left at ${model}`);
      return ms as number;
    },
    close,
  };
}
