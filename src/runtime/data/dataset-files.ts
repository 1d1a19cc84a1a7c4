import { type BigIntStats, type Dirent, lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { DATASET_NAME, DatasetError } from '../../core/datasets.js';
import { type DataFile, type Format, systemError } from './data-file.js';

/** What is a data set by itself, without a folder: a table with its target, a text. */
const SINGLE: readonly Format[] = ['csv', 'txt'];

/** The files of one data set; `version` changes with any of them. */
export type DatasetFiles = { readonly version: string } & (
  | { readonly kind: 'single'; readonly single: DataFile }
  | { readonly kind: 'cifar'; readonly training: readonly DataFile[]; readonly heldOut: readonly DataFile[] }
  | {
      readonly kind: 'parts';
      readonly features: DataFile;
      readonly targets: DataFile;
      readonly validation: { readonly features: DataFile; readonly targets: DataFile } | null;
    }
);

export const isDatasetName = (name: string): boolean => DATASET_NAME.test(name);

/** Names of all that looks like a data set, usable or not, in order. A directory that does not exist has none. */
export function datasetNames(directory: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw systemError(directory, error);
  }
  const names = entries
    .filter(({ name }) => !name.startsWith('.'))
    .flatMap((entry) => {
      if (isFolder(directory, entry)) return [entry.name];
      return isSingle(entry.name) ? [entry.name.slice(0, -4)] : [];
    });
  return [...new Set(names)].sort();
}

const isSingle = (fileName: string): boolean => SINGLE.some((format) => fileName.endsWith(`.${format}`));

/** Links that lead nowhere count as folders: the operator should hear of them. */
function isFolder(directory: string, entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  if (isSingle(entry.name)) return false;
  try {
    return statSync(join(directory, entry.name)).isDirectory();
  } catch {
    return true;
  }
}

/** Null if nothing has this name. Throws a DatasetError for a bad name, and for files that do not fit together. */
export function findFiles(directory: string, name: string): DatasetFiles | null {
  if (!isDatasetName(name))
    throw new DatasetError(`${JSON.stringify(name.slice(0, 80))} is not a data set name`);
  const root = realOrNull(directory, directory);
  if (root === null) return null;
  const folder = look(root, name);
  const [single, second] = SINGLE.flatMap((format) => {
    const file = look(root, `${name}.${format}`);
    return file === null || file.stats.isDirectory() ? [] : [{ file, format }];
  });
  if (second !== undefined)
    throw new DatasetError(`${name}: is both a file ${name}.csv and a file ${name}.txt`);
  if (folder === null || !folder.stats.isDirectory()) {
    if (single === undefined) return null;
    return {
      kind: 'single',
      single: dataFile(single.file, single.format),
      version: versionOf([single.file]),
    };
  }
  if (single !== undefined)
    throw new DatasetError(`${name}: is both a folder and a file ${name}.${single.format}`);
  return partsOf(root, name);
}

interface Found {
  readonly label: string;
  readonly path: string;
  readonly stats: BigIntStats;
}

/** What `label` leads to, which must be inside the data directory; null when there is no such entry. */
function look(root: string, label: string): Found | null {
  const path = realOrNull(label, join(root, label));
  if (path === null) return null;
  if (!path.startsWith(root + (root.endsWith(sep) ? '' : sep)))
    throw new DatasetError(`${label}: leads outside the data directory`);
  try {
    return { label, path, stats: statSync(path, { bigint: true }) };
  } catch (error) {
    throw systemError(label, error);
  }
}

function realOrNull(label: string, path: string): string | null {
  try {
    return realpathSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && !isLink(path)) return null;
    throw systemError(label, error);
  }
}

const isLink = (path: string): boolean =>
  lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;

type Part = 'features' | 'targets' | 'validation-features' | 'validation-targets';

/** Which part a file is, by its name; null for other files. */
function roleOf(fileName: string): { readonly part: Part; readonly format: Format } | null {
  const plain = /^((?:validation-)?(?:features|targets))\.(npy|csv|idx|idx\.gz)$/.exec(fileName);
  if (plain !== null) return { part: plain[1] as Part, format: plain[2] as Format };
  const mnist = /^(?:.*-)?(train|t10k|test)-(images|labels)[.-]idx\d-ubyte(\.gz)?$/.exec(fileName);
  if (mnist === null) return null;
  const [, rows, content, packed] = mnist;
  const part = content === 'images' ? 'features' : 'targets';
  return {
    part: rows === 'train' ? part : `validation-${part}`,
    format: packed === undefined ? 'idx' : 'idx.gz',
  };
}

/** CIFAR's binary files, by their names: the training batches or all training images, and the test images. */
function cifarOf(root: string, name: string, fileNames: readonly string[]): DatasetFiles | null {
  const ten = fileNames.filter((file) => /^(data_batch_[1-5]|test_batch)\.bin$/.test(file));
  const hundred = fileNames.filter((file) => /^(train|test)\.bin$/.test(file));
  const [some] = ten.length === 0 ? hundred : ten;
  if (some === undefined) return null;
  const other =
    fileNames.find((file) => roleOf(file) !== null) ?? (ten.length === 0 ? undefined : hundred[0]);
  if (other !== undefined) throw new DatasetError(`${name}: has both ${name}/${some} and ${name}/${other}`);
  const found = [...ten, ...hundred].flatMap((file) => look(root, `${name}/${file}`) ?? []);
  const files = found.map((one) => dataFile(one, ten.length === 0 ? 'cifar100' : 'cifar10'));
  const isTest = ({ label }: DataFile): boolean => label.includes('/test');
  const training = files.filter((file) => !isTest(file));
  if (training.length === 0)
    throw new DatasetError(`${name}: has no ${ten.length === 0 ? 'train.bin' : 'data_batch_*.bin'}`);
  return { kind: 'cifar', training, heldOut: files.filter(isTest), version: versionOf(found) };
}

function partsOf(root: string, name: string): DatasetFiles {
  const parts = new Map<Part, Found & { readonly format: Format }>();
  const fileNames = readdirSync(join(root, name)).sort();
  const cifar = cifarOf(root, name, fileNames);
  if (cifar !== null) return cifar;
  for (const fileName of fileNames) {
    const role = roleOf(fileName);
    if (role === null) continue;
    const label = `${name}/${fileName}`;
    const other = parts.get(role.part);
    if (other !== undefined) throw new DatasetError(`${name}: has both ${other.label} and ${label}`);
    const found = look(root, label);
    if (found !== null) parts.set(role.part, { ...found, format: role.format });
  }
  const file = (part: Part): DataFile => {
    const found = parts.get(part);
    if (found === undefined) throw new DatasetError(`${name}: has no file ${part}.{npy,csv,idx,idx.gz}`);
    return dataFile(found, found.format);
  };
  const heldOut = parts.has('validation-features') || parts.has('validation-targets');
  return {
    kind: 'parts',
    features: file('features'),
    targets: file('targets'),
    validation: heldOut
      ? { features: file('validation-features'), targets: file('validation-targets') }
      : null,
    version: versionOf([...parts.values()]),
  };
}

function dataFile({ label, path, stats }: Found, format: Format): DataFile {
  if (!stats.isFile()) throw new DatasetError(`${label}: is not a regular file`);
  return { label, path, bytes: Number(stats.size), format };
}

const versionOf = (files: readonly Found[]): string =>
  files.map(({ label, stats }) => `${label} ${stats.ino} ${stats.size} ${stats.mtimeNs}`).join('\n');
