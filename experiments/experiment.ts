import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Client, ROOT } from './client.js';
import type { Figure } from './figure.js';

type Value = string | number | boolean | null | readonly (number | null)[];
/** What one cell of an experiment came to. The same on every machine, so no times. */
export type Row = Readonly<Record<string, Value>>;

export interface Cell<R extends Row = Row> {
  /** Unique within the experiment. */
  readonly name: string;
  run(client: Client): Promise<R>;
}

export interface Experiment<R extends Row = Row> {
  readonly name: string;
  readonly cells: readonly Cell<R>[];
  /** A file of docs/images for each. */
  figures(rows: readonly R[]): Readonly<Record<string, Figure>>;
}

export const defineExperiment = <R extends Row>(experiment: Experiment<R>): Experiment<R> => experiment;

const fileOf = (name: string): string => join(ROOT, 'experiments/results', `${name}.json`);
export const figureFile = (name: string): string => join(ROOT, 'docs/images', `${name}.svg`);
export const commandOf = (name: string): string => `npm run experiment -- ${name}`;

/** One row a line, behind the command that made them. */
export function writeResults(name: string, rows: readonly Row[]): void {
  const lines = rows.map((row) => `    ${JSON.stringify(row)}`).join(',\n');
  writeFileSync(fileOf(name), `{\n  "command": "${commandOf(name)}",\n  "rows": [\n${lines}\n  ]\n}\n`);
}

/** The rows that are committed, in the order of the cells. */
export function readResults<R extends Row>({ name }: Experiment<R>): readonly R[] {
  return (JSON.parse(readFileSync(fileOf(name), 'utf8')) as { rows: R[] }).rows;
}
