import { openScript } from './python.js';

export interface Peer {
  readonly version: string;
  /** Seconds of one step, the mean of `calls`; null for an optimizer that PyTorch lacks. */
  sample(name: string, dtype: string, calls: number): Promise<number | null>;
  close(): void;
}

/** PyTorch in a process of its own; null where there is no Python that has it. */
export async function openPyTorch(): Promise<Peer | null> {
  const { next, ask, close } = openScript('optimizers.py', [], { OMP_NUM_THREADS: '1' });
  const version = await next();
  if (version === undefined) return null;
  return {
    version: String(version),
    async sample(...request) {
      const answer = await ask(request);
      if (answer === undefined) throw new Error(`PyTorch left at ${request.join(' ')}`);
      return answer as number | null;
    },
    close,
  };
}
