import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

/** One table of the results: what was measured, and what it should be held against. */
export interface Table {
  readonly title: string;
  /** How to read it, one or two sentences. */
  readonly note: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

export const machine = (): string => {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpu?.model ?? 'unknown processor'}, ${cpus().length} cores, ${memory} GiB, Node ${process.version}, ${process.platform} ${process.arch}`;
};

export function markdown({ title, note, columns, rows }: Table): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |\n`;
  return (
    `### ${title}\n\n${note}\n\n` +
    line(columns) +
    line(columns.map((_, i) => (i === 0 ? '---' : '--:'))) +
    rows.map(line).join('')
  );
}

/** The repository's bench/RESULTS.md, seen from dist/bench. */
const RESULTS = fileURLToPath(new URL('../../bench/RESULTS.md', import.meta.url));

/** Overwrites the section of one benchmark, from its marker to the next one. */
export function writeSection(name: string, tables: readonly Table[]): void {
  const text = readFileSync(RESULTS, 'utf8');
  const begin = `<!-- ${name} -->`;
  const end = `<!-- /${name} -->`;
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined)
    throw new Error(`bench/RESULTS.md has no section ${begin} ... ${end}`);
  const date = new Date().toISOString().slice(0, 10);
  const body = `${date}, ${machine()}\n\n${tables.map(markdown).join('\n')}`;
  writeFileSync(RESULTS, `${before}${begin}\n${body}\n${end}${after}`);
}
