import { DatasetError, type Matrix } from '../../core/datasets.js';

export type NumberArray = Float64Array | Float32Array | Int32Array | Int16Array | Int8Array | Uint8Array;

/** Rows and columns of numbers whose shape is known and whose values are read when asked for. */
export interface NumberTable {
  readonly label: string;
  readonly rows: number;
  readonly columns: number;
  /** Of the columns, where the file has names for them. */
  readonly names?: readonly string[] | null;
  /** Extents of a row, whose product `columns` is. */
  readonly rowShape: readonly number[];
  /** Of each number in memory. */
  readonly bytesPerNumber: number;
  /** Row-major, finite or not. */
  read(): NumberArray;
  /** What a stored number means as a feature: 1 / 255 for the pixels of an IDX file, else 1. */
  readonly featureScale: number;
}

/** A table as features; every number must be finite. */
export function featureMatrix(table: NumberTable): Matrix {
  const { rows, columns, featureScale: scale } = table;
  const data = table.read();
  requireFinite(table, data);
  return { rows, columns, data, scale };
}

/** A table as targets, in double precision and never scaled; every number must be finite. */
export function targetNumbers(table: NumberTable): Float64Array {
  const data = table.read();
  requireFinite(table, data);
  return Float64Array.from(data);
}

function requireFinite({ label, columns }: NumberTable, data: NumberArray): void {
  if (!(data instanceof Float64Array || data instanceof Float32Array)) return;
  for (let i = 0; i < data.length; i++)
    if (!Number.isFinite(data[i]))
      throw new DatasetError(
        `${label}: row ${Math.floor(i / columns) + 1}, column ${(i % columns) + 1}: ${data[i]} is not a finite number`,
      );
}
