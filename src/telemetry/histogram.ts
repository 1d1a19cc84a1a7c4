import type { Metric, Registry } from 'prom-client';

interface Options<L extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly L[];
  /** Upper bounds, ascending. */
  readonly buckets: readonly number[];
  readonly registry: Registry;
}

export interface Series {
  observe(value: number): void;
}

interface Sample {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/**
 * A Prometheus histogram for what is observed at every request: `series` is called once for its labels, and a sample is
 * a search and two additions. prom-client's own makes a key of the labels at each sample, 0.4 µs.
 */
export function newHistogram<L extends string>({ name, help, labelNames, buckets, registry }: Options<L>) {
  const all: (() => Sample[])[] = [];
  const metric = {
    name,
    get: async () => ({
      name,
      help,
      type: 'histogram',
      aggregator: 'sum',
      values: all.flatMap((samples) => samples()),
    }),
  };
  registry.registerMetric(metric as unknown as Metric<L>);

  function series(...labelValues: readonly string[]): Series {
    const labels = Object.fromEntries(labelNames.map((label, i) => [label, labelValues[i] as string]));
    /** Of each bucket alone; the last is of all that is above the others. */
    const counts = new Float64Array(buckets.length + 1);
    let sum = 0;
    all.push(() => {
      let count = 0;
      const cumulative = Array.from(counts, (own, i): Sample => {
        count += own;
        return {
          metricName: `${name}_bucket`,
          labels: { le: buckets[i] ?? '+Inf', ...labels },
          value: count,
        };
      });
      return [
        ...cumulative,
        { metricName: `${name}_sum`, labels, value: sum },
        { metricName: `${name}_count`, labels, value: count },
      ];
    });
    return {
      observe(value) {
        let i = 0;
        while (i < buckets.length && value > (buckets[i] as number)) i++;
        counts[i]++;
        sum += value;
      },
    };
  }
  return { series };
}
