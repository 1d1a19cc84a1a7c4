import { createHash, type Hash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { gunzipSync, constants as zlib } from 'node:zlib';
import { DatasetError } from '../../core/datasets.js';

export type Format = 'npy' | 'idx' | 'idx.gz' | 'csv' | 'txt' | 'cifar10' | 'cifar100';

/** One file of a data set, found but not opened. */
export interface DataFile {
  /** Its path in the data directory, for messages. */
  readonly label: string;
  /** Where it is once links are followed. */
  readonly path: string;
  readonly bytes: number;
  readonly format: Format;
}

/** A file without its compression; bytes are read when asked for. */
export interface Contents {
  readonly label: string;
  readonly bytes: number;
  /** The first `count` bytes, or all if there are fewer. */
  head(count: number): Uint8Array;
  whole(): Uint8Array<ArrayBuffer>;
}

export function openContents(file: DataFile): Contents {
  const { label, path, bytes, format } = file;
  if (bytes === 0) throw new DatasetError(`${label}: is empty`);
  if (format === 'idx.gz') return openGzip(file);
  return {
    label,
    bytes,
    head: (count) => readFrom(label, path, Math.min(count, bytes)),
    whole: () => readFrom(label, path, bytes),
  };
}

const GZIP_FRAME = 18;
/** Deflate cannot do better. */
const MAX_GZIP_RATIO = 1032;

function openGzip({ label, path, bytes: packed }: DataFile): Contents {
  if (packed < GZIP_FRAME) throw new DatasetError(`${label}: is too short for a gzip file`);
  const bytes = readFrom(label, path, 4, packed - 4).readUInt32LE();
  if (bytes > packed * MAX_GZIP_RATIO)
    throw new DatasetError(`${label}: announces ${bytes} bytes, more than gzip can hold in ${packed}`);
  const unpack = (data: Uint8Array, options: object): Buffer<ArrayBuffer> => {
    try {
      return gunzipSync(data, options);
    } catch (error) {
      throw new DatasetError(`${label}: is not a complete gzip file: ${(error as Error).message}`);
    }
  };
  return {
    label,
    bytes,
    head: (count) =>
      unpack(readFrom(label, path, Math.min(packed, count + 1024)), {
        finishFlush: zlib.Z_SYNC_FLUSH,
      }).subarray(0, count),
    whole() {
      const all = unpack(readFrom(label, path, packed), { maxOutputLength: Math.max(1, bytes) });
      if (all.length !== bytes)
        throw new DatasetError(`${label}: holds ${all.length} bytes and announces ${bytes}`);
      return all;
    },
  };
}

const CHUNK = 2 ** 20;

/** Adds the bytes of the file as they lie on disk. */
export function hashFile(hash: Hash, { label, path, bytes }: DataFile): void {
  const chunk = Buffer.allocUnsafe(Math.min(CHUNK, bytes));
  withFile(label, path, (fd) => {
    for (let at = 0; at < bytes; at += CHUNK) {
      const count = Math.min(CHUNK, bytes - at);
      fill(label, fd, chunk.subarray(0, count), at);
      hash.update(chunk.subarray(0, count));
    }
  });
}

export const newHash = (): Hash => createHash('sha256');

function readFrom(label: string, path: string, count: number, at = 0): Buffer<ArrayBuffer> {
  // A buffer of its own, so that typed arrays over it start aligned and may be kept.
  const bytes = Buffer.from(new ArrayBuffer(count));
  withFile(label, path, (fd) => fill(label, fd, bytes, at));
  return bytes;
}

function withFile(label: string, path: string, use: (fd: number) => void): void {
  let fd: number | null = null;
  try {
    fd = openSync(path, 'r');
    use(fd);
  } catch (error) {
    throw error instanceof DatasetError ? error : systemError(label, error);
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

function fill(label: string, fd: number, bytes: Uint8Array, at: number): void {
  for (let done = 0; done < bytes.length; ) {
    const got = readSync(fd, bytes, done, bytes.length - done, at + done);
    if (got === 0) throw new DatasetError(`${label}: was cut short while it was read`);
    done += got;
  }
}

const EXPLAINED: Readonly<Record<string, string>> = {
  EACCES: 'may not be read by this process',
  EPERM: 'may not be read by this process',
  ENOENT: 'leads nowhere',
  ELOOP: 'is a circle of symbolic links',
  ENOTDIR: 'is not a directory',
};

/** A failure of the file system in the words of this project. It may pass, so it keeps its cause. */
export function systemError(label: string, error: unknown): DatasetError {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return new DatasetError(`${label}: ${EXPLAINED[code] ?? message}`, { cause: error });
}
