/** Rows of numbers, however stored: value = data[i] · scale. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: ArrayLike<number>;
  readonly scale: number;
}

export interface DatasetShape {
  readonly rows: number;
  readonly features: number;
  readonly targets: number;
  /** Greatest label + 1; null when the targets are not labels. */
  readonly classes: number | null;
  readonly validationRows: number;
  /** Channels, rows and columns of a row of features, in that order in memory; null when rows are no images. */
  readonly image: ImageShape | null;
  /** Names of the columns, where the file has them. */
  readonly featureNames?: readonly string[];
  readonly targetNames?: readonly string[];
}

export type ImageShape = readonly [channels: number, height: number, width: number];

interface Identity {
  readonly name: string;
  /** Memory that the loaded data set takes. */
  readonly bytes: number;
  /** Of the contents. */
  readonly digest: string;
}

export interface TableInfo extends Identity, DatasetShape {
  readonly kind: 'table';
}

export interface TextInfo extends Identity {
  readonly kind: 'text';
  /** Code points. */
  readonly characters: number;
}

export type DatasetInfo = TableInfo | TextInfo;

export interface DatasetContent {
  readonly features: Matrix;
  readonly targets: Float64Array;
  readonly validation: { readonly features: Matrix; readonly targets: Float64Array } | null;
}

/** A text as it is: the same object for the same text as long as it is kept. */
export interface TextContent {
  readonly text: string;
}

/** Named data sets: shapes wherever a run is accepted, contents where it executes. */
export interface Datasets {
  info(name: string): DatasetInfo | null;
  list(): readonly DatasetInfo[];
  /** Throws a DatasetError for a data set that cannot be loaded, or that is no table. */
  load(name: string): DatasetContent;
  /** Throws a DatasetError for a data set that cannot be loaded, or that is no text. */
  text(name: string): TextContent;
}

/** No separators and no `..`: a name never leaves the data directory. */
export const DATASET_NAME = /^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

const MAX_LABEL = 65535;

/** Greatest label + 1 when every target is an integer between 0 and 65535, else null. */
export function classesOf(...parts: readonly ArrayLike<number>[]): number | null {
  let greatest = -1;
  for (const targets of parts)
    for (let i = 0; i < targets.length; i++) {
      const label = targets[i] as number;
      if (!Number.isInteger(label) || label < 0 || label > MAX_LABEL) return null;
      if (label > greatest) greatest = label;
    }
  return greatest + 1;
}

/** Why a data set cannot be used: the file, the place in it, what is wrong. */
export class DatasetError extends Error {
  override readonly name = 'DatasetError';
}
