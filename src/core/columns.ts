/** Columns of every run, in this order; the optional ones follow. */
export const STANDARD_COLUMNS = [
  'value',
  'gradientNorm',
  'clippedNorm',
  'scale',
  'learningRate',
  'updateNorm',
] as const;
export const OPTIONAL_FIELDS = [
  'parameterNorm',
  'evaluation',
  'smoothness',
  'meanGradientNorm',
  'budget',
  'bound',
] as const;
export type OptionalField = (typeof OPTIONAL_FIELDS)[number];

/** Finished rows, column after column: `values[c · rows + r]`. */
export interface Batch {
  readonly firstIteration: number;
  readonly stride: number;
  readonly rows: number;
  readonly values: Float64Array<ArrayBuffer>;
}

/**
 * Collects rows of one run and hands them out as batches. Rows of a batch are `stride` iterations apart. Plain
 * fields, because they are read and written at every iteration.
 */
export interface Recorder {
  /** Column c of the next row goes to `buffer[c · capacity + rows]`. */
  buffer: Float64Array<ArrayBuffer>;
  readonly columns: number;
  readonly capacity: number;
  readonly stride: number;
  rows: number;
  firstIteration: number;
}

export const newRecorder = (columns: number, stride: number, capacity: number): Recorder => ({
  buffer: new Float64Array(columns * capacity),
  columns,
  capacity,
  stride,
  rows: 0,
  firstIteration: 0,
});

/** True when the row of iteration k cannot join the open batch. */
export const mustFlush = ({ rows, capacity, firstIteration, stride }: Recorder, k: number): boolean =>
  rows === capacity || (rows > 0 && k !== firstIteration + rows * stride);

/** Marks the row of iteration k as written. */
export function commitRow(recorder: Recorder, k: number): void {
  if (recorder.rows === 0) recorder.firstIteration = k;
  recorder.rows++;
}

/** The open batch, or null when it has no rows. A full buffer is handed over as it is. */
export function takeBatch(recorder: Recorder): Batch | null {
  const { buffer, columns, capacity, stride, rows, firstIteration } = recorder;
  if (rows === 0) return null;
  let values = buffer;
  if (rows === capacity) recorder.buffer = new Float64Array(columns * capacity);
  else {
    values = new Float64Array(columns * rows);
    for (let c = 0; c < columns; c++)
      values.set(buffer.subarray(c * capacity, c * capacity + rows), c * rows);
  }
  recorder.rows = 0;
  return { firstIteration, stride, rows, values };
}
