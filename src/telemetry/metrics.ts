import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Transport } from '../app/observer.js';
import { newHistogram } from './histogram.js';

const SECONDS = [
  0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
  60,
];

export interface LaneGauges {
  readonly busy: number;
  readonly waiting: number;
}

/** Prometheus metrics of one service. Names end in their unit; labels have few values. */
export function newMetrics(lanes: () => Readonly<Record<string, LaneGauges>>) {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 1 });

  const lane = new Gauge({
    name: 'gradclip_worker_slots',
    help: 'Worker slots that are busy, and requests that wait for one.',
    labelNames: ['lane', 'state'],
    registers,
    collect() {
      for (const [name, { busy, waiting }] of Object.entries(lanes())) {
        this.set({ lane: name, state: 'busy' }, busy);
        this.set({ lane: name, state: 'waiting' }, waiting);
      }
    },
  });
  void lane;

  return {
    registry,
    requests: newHistogram({
      name: 'gradclip_request_duration_seconds',
      help: 'From the arrival of a request to its answer.',
      labelNames: ['operation', 'transport', 'reason'],
      buckets: SECONDS,
      registry,
    }),
    queued: new Histogram({
      name: 'gradclip_queue_duration_seconds',
      help: 'Time spent waiting for a worker.',
      labelNames: ['lane'],
      buckets: SECONDS,
      registers,
    }),
    computed: new Histogram({
      name: 'gradclip_compute_duration_seconds',
      help: 'Time spent computing in a worker.',
      labelNames: ['lane'],
      buckets: SECONDS,
      registers,
    }),
    iterations: new Counter({
      name: 'gradclip_iterations_total',
      help: 'Iterations of finished runs.',
      registers,
    }),
    runs: new Counter({
      name: 'gradclip_runs_total',
      help: 'Finished runs by the reason they ended.',
      labelNames: ['reason'],
      registers,
    }),
    clippedFraction: new Histogram({
      name: 'gradclip_run_clipped_fraction',
      help: 'Fraction of clipped iterations of each finished run.',
      buckets: [0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1],
      registers,
    }),
    gradients: new Counter({
      name: 'gradclip_gradients_total',
      help: 'Gradient groups seen by clip and gradient-step, by whether they were clipped.',
      labelNames: ['clipped'],
      registers,
    }),
    streams: new Gauge<'transport'>({
      name: 'gradclip_active_streams',
      help: 'Open event streams.',
      labelNames: ['transport'],
      registers,
    }),
    workersLost: new Counter({
      name: 'gradclip_worker_restarts_total',
      help: 'Worker threads that were lost and replaced.',
      labelNames: ['lane'],
      registers,
    }),
  };
}

export type Metrics = ReturnType<typeof newMetrics>;
export const TRANSPORTS: readonly Transport[] = ['http', 'grpc'];
