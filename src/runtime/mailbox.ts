/** A queue between a port's events and an async reader; `end` and `fail` come after what was put before. */
export interface Mailbox<T> {
  put(item: T): void;
  end(): void;
  fail(reason: unknown): void;
  /** The next item, or null at the end. */
  take(): Promise<T | null>;
}

export function newMailbox<T>(): Mailbox<T> {
  const items: T[] = [];
  let finished: { readonly reason: unknown } | 'ended' | null = null;
  let wake: (() => void) | null = null;
  const notify = (): void => {
    wake?.();
    wake = null;
  };
  return {
    put(item) {
      items.push(item);
      notify();
    },
    end() {
      finished ??= 'ended';
      notify();
    },
    fail(reason) {
      finished ??= { reason };
      notify();
    },
    async take() {
      for (;;) {
        if (items.length > 0) return items.shift() as T;
        if (finished === 'ended') return null;
        if (finished !== null) throw finished.reason;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
