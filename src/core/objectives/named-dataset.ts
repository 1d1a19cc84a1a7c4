import { z } from 'zod';
import { DATASET_NAME, type DatasetInfo, type Datasets, type TableInfo } from '../datasets.js';
import { Failure, invalidField } from '../failure.js';

export const datasetName = z.string().regex(DATASET_NAME, 'is not the name of a data set');

/** What the catalog knows of a data set. Throws a Failure that names those there are. */
export function namedDataset(kind: string, name: string, datasets: Datasets): DatasetInfo {
  const info = datasets.info(name);
  if (info !== null) return info;
  const known = datasets.list().map((dataset) => dataset.name);
  const hint = known.length === 0 ? 'the data directory has none' : `there are ${known.join(', ')}`;
  throw new Failure('INVALID_FIELD', `no data set "${name}"`, {
    violations: [{ path: `objective.${kind}.data.dataset.name`, message: `no data set "${name}"; ${hint}` }],
  });
}

/** The same for what learns from rows of numbers. */
export function namedTable(kind: string, name: string, datasets: Datasets): TableInfo {
  const info = namedDataset(kind, name, datasets);
  if (info.kind === 'table') return info;
  throw invalidField(`objective.${kind}.data`, `data set "${name}" is a text, not a table of numbers`);
}
