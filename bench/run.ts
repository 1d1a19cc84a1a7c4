import { spawnSync } from 'node:child_process';
import { descent } from './descent.js';
import { hop } from './hop.js';
import { kernels } from './kernels.js';
import { service } from './service.js';
import { stream } from './stream.js';
import { machine, markdown, type Table, writeSection } from './table.js';
import { wire } from './wire.js';

const benchmarks: Readonly<Record<string, () => Table[] | Promise<Table[]>>> = {
  kernels,
  descent,
  hop,
  wire,
  service,
  stream,
};

const USAGE = `npm run bench -- [--write] [${Object.keys(benchmarks).join('] [')}]

  Prints the tables of the named benchmarks (all without a name); --write puts them into bench/RESULTS.md.
`;

const args = process.argv.slice(2);
const write = args.includes('--write');
const names = args.filter((arg) => arg !== '--write');
const unknown = names.find((name) => !(name in benchmarks));
if (unknown !== undefined) {
  process.stderr.write(`there is no benchmark ${unknown}\n\n${USAGE}`);
  process.exit(2);
}

const [only] = names;
if (names.length === 1 && only !== undefined) {
  const tables = await (benchmarks[only] as () => Table[] | Promise<Table[]>)();
  process.stdout.write(`${machine()}\n\n${tables.map(markdown).join('\n')}\n`);
  if (write) writeSection(only, tables);
} else {
  // Each in a process of its own: what the compiler has learnt from one would slow the next.
  const chosen = names.length > 0 ? names : Object.keys(benchmarks);
  for (const name of chosen)
    spawnSync(process.execPath, [import.meta.filename, name, ...(write ? ['--write'] : [])], {
      stdio: 'inherit',
    });
}
process.exit(0);
