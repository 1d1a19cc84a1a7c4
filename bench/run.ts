import { spawnSync } from 'node:child_process';
import { machine, markdown, type Table, writeSection } from './table.js';

type Measure = () => Table[] | Promise<Table[]>;

/** Loaded when asked for, so that a benchmark runs with its own modules only. */
const benchmarks: Readonly<Record<string, () => Promise<Measure>>> = {
  kernels: async () => (await import('./kernels.js')).kernels,
  optimizers: async () => (await import('./optimizers.js')).optimizers,
  expression: async () => (await import('./expression.js')).expression,
  descent: async () => (await import('./descent.js')).descent,
  training: async () => (await import('./training.js')).training,
  bptt: async () => (await import('./bptt.js')).bptt,
  hop: async () => (await import('./hop.js')).hop,
  wire: async () => (await import('./wire.js')).wire,
  service: async () => (await import('./service.js')).service,
  theory: async () => (await import('./theory.js')).theory,
  stream: async () => (await import('./stream.js')).stream,
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
  const measure = await (benchmarks[only] as () => Promise<Measure>)();
  const tables = await measure();
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
