import { z } from 'zod';
import { bytesOf } from '../../core/tensor.js';
import type { DeliveredBatch } from '../runner.js';
import { bytes, count, number } from '../schemas.js';

const column = z.strictObject({
  name: z.string(),
  values: z.array(number).optional(),
  raw: bytes.optional(),
});
/** The event of a batch: columns over rows that are `stride` iterations apart. */
export const metrics = z.strictObject({
  firstIteration: count,
  stride: count,
  columns: z.array(column),
  dropped: count.optional(),
});

export type Metrics = z.input<typeof metrics>;
type Column = z.input<typeof column>;

export function describeBatch(
  batch: DeliveredBatch,
  names: readonly string[],
  encoding: 'VALUES' | 'RAW',
): Metrics {
  const { firstIteration, stride, rows, values, dropped } = batch;
  const columns = names.map((name, c): Column => {
    const data = values.subarray(c * rows, (c + 1) * rows);
    return encoding === 'RAW' ? { name, raw: bytesOf(data) } : { name, values: data as never };
  });
  return { firstIteration, stride, columns, ...(dropped > 0 && { dropped }) };
}

/** All batches as one. A last row off the stride is left out: its figures are the result's. */
export function join(batches: readonly Metrics[]): Metrics {
  const [first] = batches;
  if (first === undefined) return { firstIteration: 0, stride: 1, columns: [] };
  const { firstIteration, stride } = first;
  const regular = batches.filter((batch) => (batch.firstIteration - firstIteration) % stride === 0);
  const columns = first.columns.map(({ name }, c): Column => {
    const parts = regular.map((batch) => batch.columns[c] as Column);
    if (first.columns[c]?.raw !== undefined)
      return {
        name,
        raw: concat(
          Uint8Array,
          parts.map(({ raw }) => raw as Uint8Array),
        ),
      };
    return {
      name,
      values: concat(
        Float64Array,
        parts.map(({ values }) => values as never),
      ) as never,
    };
  });
  return { firstIteration, stride, columns };
}

function concat<T extends Uint8Array | Float64Array>(
  kind: new (length: number) => T,
  parts: readonly T[],
): T {
  const whole = new kind(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
