import type { Dataset } from './dataset.js';

export interface DatasetCache {
  /** Null unless this version of the data set is kept. */
  get(name: string, version: string): Dataset | null;
  set(name: string, version: string, dataset: Dataset): void;
}

/** Keeps up to `maxBytes` of data sets; beyond it the least recently used go. A larger one is not kept at all. */
export function newDatasetCache(maxBytes: number): DatasetCache {
  /** In the order of their last use. */
  const kept = new Map<string, { readonly version: string; readonly dataset: Dataset }>();
  let bytes = 0;
  const drop = (name: string): void => {
    bytes -= kept.get(name)?.dataset.info.bytes ?? 0;
    kept.delete(name);
  };
  return {
    get(name, version) {
      const entry = kept.get(name);
      if (entry === undefined) return null;
      if (entry.version !== version) {
        drop(name);
        return null;
      }
      kept.delete(name);
      kept.set(name, entry);
      return entry.dataset;
    },
    set(name, version, dataset) {
      drop(name);
      if (dataset.info.bytes > maxBytes) return;
      kept.set(name, { version, dataset });
      bytes += dataset.info.bytes;
      for (const oldest of kept.keys()) {
        if (bytes <= maxBytes) return;
        drop(oldest);
      }
    },
  };
}
