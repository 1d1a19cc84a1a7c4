import { DatasetError, type DatasetInfo, type TableInfo, type TextInfo } from '../core/datasets.js';
import { type DataFile, systemError } from './data/data-file.js';
import {
  type Dataset,
  describeTables,
  openTables,
  readTables,
  type TableDataset,
  type TextDataset,
} from './data/dataset.js';
import { newDatasetCache } from './data/dataset-cache.js';
import { type DatasetFiles, datasetNames, findFiles, isDatasetName } from './data/dataset-files.js';
import { describeText, loadText } from './data/text.js';

/** Data sets that the operator put on disk, by name. No name reaches a file outside the directory. */
export interface DataDirectory {
  /** All that can be loaded, in the order of their names. */
  list(): readonly DatasetInfo[];
  /** Null if there is no such data set, or none that can be loaded. */
  info(name: string): DatasetInfo | null;
  /** A table. Throws a DatasetError that says why it cannot. */
  load(name: string): TableDataset;
  /** A text. Throws a DatasetError that says why it cannot. */
  text(name: string): TextDataset;
}

export interface DataDirectoryOptions {
  /** Told once of each thing that keeps a data set from being listed, and again if it changes. */
  readonly onProblem?: (name: string, error: DatasetError) => void;
}

/** What was learnt of the files while they were as they are. */
interface Description {
  readonly version: string;
  readonly value: DatasetInfo | DatasetError;
}

const DEFAULT_CACHE_BYTES = 2 ** 30;

/** A path that is null, or that does not exist (yet), stands for a directory without data sets. */
export function openDataDirectory(
  path: string | null,
  cacheBytes: number = DEFAULT_CACHE_BYTES,
  options: DataDirectoryOptions = {},
): DataDirectory {
  if (path === null) return { list: () => [], info: () => null, load: unknown, text: unknown };
  // A path that is not a directory is a mistake in the configuration, better heard of at start.
  datasetNames(path);

  const described = new Map<string, Description>();
  const reported = new Map<string, string>();
  const cache = newDatasetCache(cacheBytes);

  const report = (name: string, error: DatasetError): void => {
    if (reported.get(name) === error.message) return;
    reported.set(name, error.message);
    options.onProblem?.(name, error);
  };

  const describe = (name: string, files: DatasetFiles, opened?: Opened): DatasetInfo => {
    let entry = described.get(name);
    if (entry?.version !== files.version) {
      const value = valueOrError(() => attempt(name, () => (opened ?? openFiles(files)).describe(name)));
      entry = { version: files.version, value };
      // A file without sense stays so; a failure of the system may pass.
      if (!(value instanceof DatasetError && value.cause)) described.set(name, entry);
    }
    if (entry.value instanceof DatasetError) throw entry.value;
    return entry.value;
  };

  const inspect = (name: string): DatasetInfo | null => {
    const value = valueOrError(() => {
      const files = findFiles(path, name);
      return files && describe(name, files);
    });
    if (value instanceof DatasetError) {
      report(name, value);
      return null;
    }
    reported.delete(name);
    return value;
  };

  const read = (name: string): Dataset => {
    const files = findFiles(path, name);
    if (files === null) return unknown(name);
    const kept = cache.get(name, files.version);
    if (kept) return kept;
    const dataset = attempt(name, () => {
      const opened = openFiles(files);
      return opened.read(describe(name, files, opened));
    });
    if (findFiles(path, name)?.version !== files.version)
      throw new DatasetError(`${name}: was changed while it was read`);
    cache.set(name, files.version, dataset);
    return dataset;
  };

  return {
    // A request may ask for any name; only what is in the directory is worth a report.
    info: (name) => (isDatasetName(name) ? inspect(name) : null),
    list() {
      const names = valueOrError(() => datasetNames(path));
      if (names instanceof DatasetError) {
        report(path, names);
        return [];
      }
      for (const known of [described, reported])
        for (const name of known.keys()) if (!names.includes(name)) known.delete(name);
      return names.map(inspect).filter((value) => value !== null);
    },
    load(name) {
      const dataset = read(name);
      if (isText(dataset)) throw new DatasetError(`${name}: is a text, not a table of numbers`);
      return dataset;
    },
    text(name) {
      const dataset = read(name);
      if (!isText(dataset)) throw new DatasetError(`${name}: is a table of numbers, not a text`);
      return dataset;
    },
  };
}

const isText = (dataset: Dataset): dataset is TextDataset => dataset.info.kind === 'text';

const textOf = (files: DatasetFiles): DataFile | null =>
  files.kind === 'single' && files.single.format === 'txt' ? files.single : null;

/** Files that can be described and read without being opened, or parsed, twice. */
interface Opened {
  describe(name: string): DatasetInfo;
  read(info: DatasetInfo): Dataset;
}

function openFiles(files: DatasetFiles): Opened {
  const text = textOf(files);
  if (text !== null)
    return {
      describe: (name) => describeText(name, text, files.version),
      read: (info) => loadText(info as TextInfo, text),
    };
  const tables = openTables(files);
  return {
    describe: (name) => describeTables(name, files, tables),
    read: (info) => readTables(info as TableInfo, tables),
  };
}

/** What `action` throws, as a DatasetError: a failure of the system, or of memory, says which data set it met. */
function attempt<T>(name: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw error instanceof DatasetError ? error : systemError(name, error);
  }
}

function unknown(name: string): never {
  throw new DatasetError(`no data set is named ${JSON.stringify(name.slice(0, 80))}`);
}

/** The DatasetError that `action` throws, as a value. */
function valueOrError<T>(action: () => T): T | DatasetError {
  try {
    return action();
  } catch (caught) {
    if (caught instanceof DatasetError) return caught;
    throw caught;
  }
}
