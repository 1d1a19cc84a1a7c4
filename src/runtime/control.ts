/** Words shared by a run's worker and the thread that reads it; never messages, so both sides see them at once. */
const STOP = 0;
const ACKNOWLEDGED = 1;
/** Batches that a worker may be ahead of its reader before it sleeps. */
const WINDOW = 4;

export type Control = Int32Array<SharedArrayBuffer>;
export const newControl = (): Control => new Int32Array(new SharedArrayBuffer(8));

/** Reader: one more batch has been taken. */
export function acknowledge(control: Control): void {
  Atomics.add(control, ACKNOWLEDGED, 1);
  Atomics.notify(control, ACKNOWLEDGED);
}

/** Reader: end the run at its next iteration. */
export function stop(control: Control): void {
  Atomics.store(control, STOP, 1);
  // The word that the worker sleeps on has to change, or it would miss a stop between its check and its sleep.
  acknowledge(control);
}

/** Worker. */
export const stopped = (control: Control): boolean => Atomics.load(control, STOP) !== 0;
export const hasRoom = (control: Control, sent: number): boolean =>
  sent - Atomics.load(control, ACKNOWLEDGED) < WINDOW;

/** Worker: sleeps until there is room, the run is stopped or the deadline (epoch ms) has passed. */
export function waitForRoom(control: Control, sent: number, deadline: number | null): void {
  for (;;) {
    const seen = Atomics.load(control, ACKNOWLEDGED);
    if (sent - seen < WINDOW || stopped(control)) return;
    const left = deadline === null ? LONGEST_SLEEP : Math.min(LONGEST_SLEEP, deadline - Date.now());
    if (left <= 0) return;
    Atomics.wait(control, ACKNOWLEDGED, seen, left);
  }
}
const LONGEST_SLEEP = 50;

/** What a thread tells the pool once its code is loaded. */
export const LOADED = 'loaded';
