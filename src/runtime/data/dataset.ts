import {
  classesOf,
  type DatasetContent,
  DatasetError,
  type ImageShape,
  type TableInfo,
  type TextContent,
  type TextInfo,
} from '../../core/datasets.js';
import { openCifar } from './cifar.js';
import { openCsv, openCsvWithTarget } from './csv.js';
import { type DataFile, hashFile, newHash, openContents } from './data-file.js';
import type { DatasetFiles } from './dataset-files.js';
import { openIdx } from './idx.js';
import { openNpy } from './npy.js';
import { featureMatrix, type NumberTable, targetNumbers } from './number-table.js';

export interface TableDataset extends DatasetContent {
  readonly info: TableInfo;
}

export interface TextDataset extends TextContent {
  readonly info: TextInfo;
}

export type Dataset = TableDataset | TextDataset;

interface Pair {
  readonly features: NumberTable;
  readonly targets: NumberTable;
}

/** The tables of a data set: shapes are known, numbers are read when asked for. */
export interface DatasetTables extends Pair {
  readonly validation: Pair | null;
}

export function openTables(files: DatasetFiles): DatasetTables {
  if (files.kind === 'single') return { ...openCsvWithTarget(files.single), validation: null };
  if (files.kind === 'cifar') {
    const { training, heldOut } = files;
    return { ...openCifar(training), validation: heldOut.length === 0 ? null : openCifar(heldOut) };
  }
  const { features, targets, validation } = files;
  const pair = { features: openTable(features), targets: openTable(targets) };
  requireRows(pair);
  if (validation === null) return { ...pair, validation };
  const heldOut = { features: openTable(validation.features), targets: openTable(validation.targets) };
  requireRows(heldOut);
  requireColumns(heldOut.features, pair.features);
  requireColumns(heldOut.targets, pair.targets);
  return { ...pair, validation: heldOut };
}

function openTable(file: DataFile): NumberTable {
  switch (file.format) {
    case 'csv':
      return openCsv(file);
    case 'npy':
      return openNpy(openContents(file));
    default:
      return openIdx(openContents(file));
  }
}

function requireRows({ features, targets }: Pair): void {
  if (targets.rows !== features.rows)
    throw new DatasetError(
      `${targets.label}: has ${targets.rows} rows, but ${features.label} has ${features.rows}`,
    );
}

function requireColumns(heldOut: NumberTable, training: NumberTable): void {
  if (heldOut.columns !== training.columns)
    throw new DatasetError(
      `${heldOut.label}: has ${heldOut.columns} columns, but ${training.label} has ${training.columns}`,
    );
}

/** All that the catalog says of a table. Reads targets, and every file once for the digest, but keeps nothing. */
export function describeTables(name: string, files: DatasetFiles, tables: DatasetTables): TableInfo {
  const { features, targets, validation } = tables;
  const labels = [
    targetNumbers(targets),
    ...(validation === null ? [] : [targetNumbers(validation.targets)]),
  ];
  return {
    name,
    kind: 'table',
    rows: features.rows,
    features: features.columns,
    targets: targets.columns,
    classes: targets.columns === 1 ? classesOf(...labels) : null,
    validationRows: validation?.features.rows ?? 0,
    image: imageOf(features.rowShape),
    ...(features.names && { featureNames: features.names }),
    ...(targets.names && { targetNames: targets.names }),
    bytes: bytesOf(tables) + (validation === null ? 0 : bytesOf(validation)),
    digest: digestOf(files),
  };
}

/** Rows of rank 3 are channels x height x width; of rank 2, images of one channel. */
function imageOf(rowShape: readonly number[]): ImageShape | null {
  const [a, b, c] = rowShape as ImageShape;
  if (rowShape.length === 2) return [1, a, b];
  return rowShape.length === 3 ? [a, b, c] : null;
}

const bytesOf = ({ features, targets }: Pair): number =>
  features.rows * features.columns * features.bytesPerNumber + targets.rows * targets.columns * 8;

export function digestOf(files: DatasetFiles): string {
  const hash = newHash();
  const add = (role: string, file: DataFile): void => {
    hash.update(`${role} ${file.format} ${file.bytes}\n`);
    hashFile(hash, file);
  };
  if (files.kind === 'single') add('all', files.single);
  else if (files.kind === 'cifar') {
    for (const file of files.training) add('training', file);
    for (const file of files.heldOut) add('held out', file);
  } else {
    add('features', files.features);
    add('targets', files.targets);
    if (files.validation !== null) {
      add('validation-features', files.validation.features);
      add('validation-targets', files.validation.targets);
    }
  }
  return hash.digest('hex').slice(0, 16);
}

/** The numbers themselves, features in the type that the file has. */
export function readTables(info: TableInfo, { features, targets, validation }: DatasetTables): TableDataset {
  return {
    info,
    features: featureMatrix(features),
    targets: targetNumbers(targets),
    validation: validation && {
      features: featureMatrix(validation.features),
      targets: targetNumbers(validation.targets),
    },
  };
}
