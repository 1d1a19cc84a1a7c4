import { z } from 'zod';
import type { Datasets, Matrix } from '../../datasets.js';
import { invalidField } from '../../failure.js';
import { oneOf, type Spec } from '../../plugin.js';
import { numbersOf, type Tensor } from '../../tensor.js';
import { datasetName } from '../named-dataset.js';
import { openDataset } from '../regression/data.js';
import { complaint, namedTensors } from './named-tensors.js';

const inline = z.strictObject({
  columns: namedTensors.describe('numbers of the rows by name, all columns of one length'),
});

export const expressionData = oneOf('source', {
  inline,
  dataset: z.strictObject({ name: datasetName }),
});

/** Columns by name: their number of rows where a run is accepted, their numbers where it executes. */
export interface ColumnSource {
  readonly rows: number;
  readonly names: readonly string[];
  /** Overwrites `into` with the columns of these names. */
  load(names: readonly string[], into: readonly Float64Array[]): void;
}

const PATH = 'objective.expression.data';

export function openColumns(spec: Spec | undefined, datasets: Datasets): ColumnSource | null {
  if (spec === undefined) return null;
  if ('inline' in spec) return inlineColumns((spec['inline'] as z.output<typeof inline>).columns);
  return namedColumns((spec['dataset'] as { name: string }).name, datasets);
}

function inlineColumns(columns: readonly Tensor[]): ColumnSource {
  const path = `${PATH}.inline.columns`;
  const byName = new Map(columns.map((column) => [column.name, column]));
  const [first] = columns;
  if (first === undefined) throw invalidField(path, 'has no columns');
  for (const { name, shape } of columns) {
    if (shape.length > 1)
      throw invalidField(`${path}.${name}`, `must be a list, got shape [${shape.join(', ')}]`);
    if ((shape[0] ?? 1) !== (first.shape[0] ?? 1))
      throw invalidField(
        `${path}.${name}`,
        `needs ${first.shape[0] ?? 1} rows, as ${first.name} has, got ${shape[0] ?? 1}`,
      );
  }
  const rows = first.shape[0] ?? 1;
  if (rows === 0) throw invalidField(path, 'has no rows');
  return {
    rows,
    names: [...byName.keys()],
    load(names, into) {
      names.forEach((name, i) => {
        (into[i] as Float64Array).set(numbersOf(byName.get(name) as Tensor));
      });
    },
  };
}

/** A column of a data set: which matrix, and where in it. */
interface Column {
  readonly part: 'features' | 'targets';
  readonly index: number;
}

/**
 * The columns of a data set under the names of its file, and as f0, f1, ... and target, or target0, target1, ... where
 * there are several. Names that a formula cannot say, and those that are there twice, are left out.
 */
function namedColumns(name: string, datasets: Datasets): ColumnSource {
  const source = openDataset('expression', name, datasets);
  const { rows, features, targets, featureNames = [], targetNames = [] } = source.shape;
  const columns = new Map<string, Column>();
  const twice = new Set<string>();
  for (const [part, names] of [
    ['features', featureNames],
    ['targets', targetNames],
  ] as const)
    names.forEach((text, index) => {
      if (columns.has(text)) twice.add(text);
      if (complaint(text) === null) columns.set(text, { part, index });
    });
  for (const text of twice) columns.delete(text);
  for (let i = 0; i < features; i++) columns.set(`f${i}`, { part: 'features', index: i });
  for (let i = 0; i < targets; i++)
    columns.set(targets === 1 ? 'target' : `target${i}`, { part: 'targets', index: i });
  return {
    rows,
    names: [...columns.keys()],
    load(wanted, into) {
      const content = source.load();
      const matrices: Record<Column['part'], Matrix> = {
        features: content.features,
        targets: { rows, columns: targets, data: content.targets, scale: 1 },
      };
      wanted.forEach((text, i) => {
        const { part, index } = columns.get(text) as Column;
        copyColumn(matrices[part], index, into[i] as Float64Array);
      });
    },
  };
}

function copyColumn({ data, columns, scale }: Matrix, column: number, into: Float64Array): void {
  for (let i = 0; i < into.length; i++) into[i] = (data[i * columns + column] as number) * scale;
}
