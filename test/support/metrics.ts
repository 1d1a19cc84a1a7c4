/** What /metrics says: sample with its labels, as Prometheus writes them, to value. */
export async function samples({ http }: { readonly http: string }): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${http}/metrics`)).text();
  const found = new Map<string, number>();
  for (const line of text.split('\n')) {
    const at = line.lastIndexOf(' ');
    if (!line.startsWith('#') && at > 0) found.set(line.slice(0, at), Number(line.slice(at + 1)));
  }
  return found;
}

/** One sample, 0 while there is none. */
export const sample = async (service: { readonly http: string }, name: string): Promise<number> =>
  (await samples(service)).get(name) ?? 0;

export const busyRuns = 'gradclip_worker_slots{lane="run",state="busy"}';
export const waitingRuns = 'gradclip_worker_slots{lane="run",state="waiting"}';
export const busyUnary = 'gradclip_worker_slots{lane="unary",state="busy"}';
export const activeStreams = (transport: 'http' | 'grpc'): string =>
  `gradclip_active_streams{transport="${transport}"}`;
export const requests = (operation: string, transport: 'http' | 'grpc', reason: string): string =>
  `gradclip_request_duration_seconds_count{operation="${operation}",transport="${transport}",reason="${reason}"}`;
