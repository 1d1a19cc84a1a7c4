/** What a stream that has nothing else to say waits until it says that it is alive. */
export const HEARTBEAT_MS = 10_000;

/** Passes a generator on, with a null whenever nothing came for `idleMs`. Leaving it leaves the source too. */
export async function* withHeartbeats<T, R>(
  source: AsyncGenerator<T, R, void>,
  idleMs: number,
): AsyncGenerator<T | null, R, void> {
  try {
    let next = source.next();
    for (;;) {
      const result = await firstOf(next, idleMs);
      if (result === null) yield null;
      else if (result.done) return result.value;
      else {
        yield result.value;
        next = source.next();
      }
    }
  } finally {
    await source.return(undefined as R);
  }
}

async function firstOf<T>(promise: Promise<T>, ms: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const idle = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, ms, null);
  });
  try {
    return await Promise.race([promise, idle]);
  } finally {
    clearTimeout(timer);
  }
}
