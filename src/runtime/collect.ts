import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Below this the garbage collector's own time is soon enough. */
const MIN_BYTES = 8 * 1024 * 1024;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/**
 * Gives back the memory of a run that has ended: V8 does not count what a WebAssembly memory holds when it decides when
 * to collect, so a dozen of them would lie about. Takes some 5 ms, and nothing may refer to the run any more.
 */
export function giveBack(bytes: number): void {
  if (bytes >= MIN_BYTES) collect();
}
