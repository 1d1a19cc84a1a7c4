import { type CsvError, parse } from 'csv-parse/sync';
import { DatasetError } from '../../core/datasets.js';
import { type DataFile, openContents } from './data-file.js';
import type { NumberTable } from './number-table.js';

const MAX_BYTES = 2 ** 28;

/** Numbers of a CSV file, and which column is named target or label: null when none is. */
interface Csv {
  readonly label: string;
  readonly columns: number;
  readonly target: number | null;
  /** Of the columns; null without a header. */
  readonly names: readonly string[] | null;
  readonly numbers: Float64Array;
}

/** A whole file as one table. */
export function openCsv(file: DataFile): NumberTable {
  const { label, columns, names, numbers } = parseCsv(file);
  return table(label, columns, names, numbers);
}

/** A file that holds both: the column named target or label, else the last one, is the target. */
export function openCsvWithTarget(file: DataFile): { features: NumberTable; targets: NumberTable } {
  const { label, columns, target, names, numbers } = parseCsv(file);
  if (columns < 2) throw new DatasetError(`${label}: needs a column of features and one of targets`);
  const split = target ?? columns - 1;
  const rows = numbers.length / columns;
  const features = new Float64Array(rows * (columns - 1));
  const targets = new Float64Array(rows);
  for (let i = 0, at = 0; i < numbers.length; i++)
    if (i % columns === split) targets[Math.floor(i / columns)] = numbers[i] as number;
    else features[at++] = numbers[i] as number;
  const pick = (target: boolean): string[] | null =>
    names?.filter((_, i) => (i === split) === target) ?? null;
  return {
    features: table(label, columns - 1, pick(false), features),
    targets: table(label, 1, pick(true), targets),
  };
}

const table = (
  label: string,
  columns: number,
  names: readonly string[] | null,
  numbers: Float64Array,
): NumberTable => ({
  label,
  names,
  rows: numbers.length / columns,
  columns,
  rowShape: [columns],
  bytesPerNumber: 8,
  featureScale: 1,
  read: () => numbers,
});

function parseCsv(file: DataFile): Csv {
  const { label, bytes } = file;
  if (bytes > MAX_BYTES)
    throw new DatasetError(`${label}: has ${bytes} bytes, over the limit of ${MAX_BYTES}; save it as NPY`);
  const numbers: number[] = [];
  let columns = 0;
  let target: number | null = null;
  let names: readonly string[] | null = null;
  let first = true;
  const take = (record: readonly string[], line: number): void => {
    if (record.length === 1 && record[0] === '') return;
    if (first) columns = record.length;
    const isHeader = first && namesColumns(record);
    first = false;
    if (isHeader) {
      target = targetColumn(label, record, line);
      names = [...record];
    } else append(numbers, record, columns, `${label}: line ${line}`);
  };
  try {
    parse(openContents(file).whole(), {
      bom: true,
      trim: true,
      relax_column_count: true,
      on_record: (record: string[], { lines }) => {
        take(record, lines);
        return null;
      },
    });
  } catch (error) {
    throw error instanceof DatasetError ? error : notCsv(label, error as CsvError);
  }
  if (numbers.length === 0) throw new DatasetError(`${label}: holds no numbers`);
  return { label, columns, target, names, numbers: Float64Array.from(numbers) };
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

function append(numbers: number[], record: readonly string[], columns: number, line: string): void {
  if (record.length !== columns)
    throw new DatasetError(
      `${line}, column ${Math.min(record.length, columns) + 1}: the line has ${record.length} values, the first one has ${columns}`,
    );
  for (let i = 0; i < columns; i++) {
    const text = record[i] as string;
    const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
    if (!Number.isFinite(value)) throw new DatasetError(`${line}, column ${i + 1}: ${complaint(text)}`);
    numbers.push(value);
  }
}

const MOST_SHOWN = 40;
const complaint = (text: string): string =>
  text === ''
    ? 'is empty'
    : `"${text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text}" is not a finite number`;

const isTarget = (text: string): boolean => /^(?:target|label)$/i.test(text);
/** Also what a slip looks like, such as "nan" or "0x10". */
const isNumeric = (text: string): boolean =>
  text !== '' && (!Number.isNaN(Number(text)) || /^[+-]?(?:nan|inf|infinity)$/i.test(text));

/** A first line names columns if it holds no number, or the name of the target. */
const namesColumns = (record: readonly string[]): boolean =>
  record.some(isTarget) || (record.some((text) => text !== '') && !record.some(isNumeric));

function targetColumn(label: string, names: readonly string[], line: number): number | null {
  const count = names.filter(isTarget).length;
  if (count > 1) throw new DatasetError(`${label}: line ${line}: ${count} columns are named target or label`);
  return count === 0 ? null : names.findIndex(isTarget);
}

function notCsv(label: string, error: CsvError): DatasetError {
  const { lines, column } = error as CsvError & { lines?: number; column?: number };
  const place = lines === undefined ? '' : `line ${lines}, column ${Number(column ?? 0) + 1}: `;
  return new DatasetError(`${label}: ${place}${error.message.split(':')[0]}`);
}
