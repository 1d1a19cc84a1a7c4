import { DatasetError, type DatasetInfo } from '../core/datasets.js';
import { systemError } from './data/data-file.js';
import { type Dataset, type DatasetTables, describeTables, openTables, readTables } from './data/dataset.js';
import { newDatasetCache } from './data/dataset-cache.js';
import { type DatasetFiles, datasetNames, findFiles, isDatasetName } from './data/dataset-files.js';

/** Data sets that the operator put on disk, by name. No name reaches a file outside the directory. */
export interface DataDirectory {
  /** All that can be loaded, in the order of their names. */
  list(): readonly DatasetInfo[];
  /** Null if there is no such data set, or none that can be loaded. */
  info(name: string): DatasetInfo | null;
  /** Throws a DatasetError that says why it cannot. */
  load(name: string): Dataset;
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
  if (path === null) return { list: () => [], info: () => null, load: (name) => unknown(name) };
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

  const describe = (name: string, files: DatasetFiles, tables?: DatasetTables): DatasetInfo => {
    let entry = described.get(name);
    if (entry?.version !== files.version) {
      const value = valueOrError(() =>
        attempt(name, () => describeTables(name, files, tables ?? openTables(files))),
      );
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
      const files = findFiles(path, name);
      if (files === null) return unknown(name);
      const kept = cache.get(name, files.version);
      if (kept) return kept;
      const dataset = attempt(name, () => {
        const tables = openTables(files);
        return readTables(describe(name, files, tables), tables);
      });
      if (findFiles(path, name)?.version !== files.version)
        throw new DatasetError(`${name}: was changed while it was read`);
      cache.set(name, files.version, dataset);
      return dataset;
    },
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
