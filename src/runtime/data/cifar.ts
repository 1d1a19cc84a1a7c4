import { DatasetError } from '../../core/datasets.js';
import { type DataFile, openContents } from './data-file.js';
import type { NumberTable } from './number-table.js';

const IMAGE = [3, 32, 32] as const;
const PIXELS = 3072;
/** Bytes of labels before the pixels of a record, how many classes there are, and what the file is called. */
const KINDS = {
  cifar10: { labels: 1, classes: 10, title: 'CIFAR-10' },
  cifar100: { labels: 2, classes: 100, title: 'CIFAR-100' },
} as const;

/**
 * The binary version of CIFAR (Krizhevsky 2009): records of a label and 3 x 32 x 32 bytes, red, green and blue. Records of
 * CIFAR-100 have a coarse and a fine label; the fine one counts.
 */
export function openCifar(files: readonly DataFile[]): {
  readonly features: NumberTable;
  readonly targets: NumberTable;
} {
  const { format, label } = files[0] as DataFile;
  const kind = KINDS[format as keyof typeof KINDS];
  const size = kind.labels + PIXELS;
  const rowsOf = (file: DataFile): number => {
    if (file.bytes === 0) throw new DatasetError(`${file.label}: is empty`);
    if (file.bytes % size !== 0)
      throw new DatasetError(
        `${file.label}: truncated, or no ${kind.title} file: ${file.bytes} bytes are no multiple of ${size}, the size of a record`,
      );
    return file.bytes / size;
  };
  const rows = files.reduce((sum, file) => sum + rowsOf(file), 0);

  /** `take` gets each record with its number. */
  const read = (take: (record: Uint8Array, row: number, file: DataFile) => void): void => {
    let row = 0;
    for (const file of files) {
      const bytes = openContents(file).whole();
      for (let at = 0; at < bytes.length; at += size) take(bytes.subarray(at, at + size), row++, file);
    }
  };
  const table = { label, rows, bytesPerNumber: 1 };
  return {
    features: {
      ...table,
      columns: PIXELS,
      rowShape: IMAGE,
      featureScale: 1 / 255,
      read() {
        const pixels = new Uint8Array(rows * PIXELS);
        read((record, row) => pixels.set(record.subarray(kind.labels), row * PIXELS));
        return pixels;
      },
    },
    targets: {
      ...table,
      columns: 1,
      rowShape: [],
      featureScale: 1,
      read() {
        const labels = new Uint8Array(rows);
        read((record, row, file) => {
          const value = record[kind.labels - 1] as number;
          if (value >= kind.classes)
            throw new DatasetError(
              `${file.label}: is no ${kind.title} file: a label is ${value}, not below ${kind.classes}`,
            );
          labels[row] = value;
        });
        return labels;
      },
    },
  };
}
