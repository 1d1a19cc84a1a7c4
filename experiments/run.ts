// Runs experiments through the service and writes their results and figures: npm run experiment -- [--redraw] [name ...]
// GRADCLIP_ADDRESS says where a service is; without it one is started. --redraw draws the committed results, and runs none.
import { writeFileSync } from 'node:fs';
import { type Client, connect, inParallel, startService, WORKERS } from './client.js';
import { commandOf, type Experiment, figureFile, type Row, readResults, writeResults } from './experiment.js';
import { draw } from './figure.js';
import { experiments } from './index.js';

const args = process.argv.slice(2);
const names = args.filter((arg) => arg !== '--redraw');
const chosen = names.length === 0 ? experiments : experiments.filter(({ name }) => names.includes(name));
const unknown = names.filter((name) => !experiments.some((experiment) => experiment.name === name));
if (unknown.length > 0)
  throw new Error(
    `there is no experiment ${unknown.join(', ')}; there are ${experiments.map(({ name }) => name).join(', ')}`,
  );

/** Names of the figures. */
function drawAll({ name, figures }: Pick<Experiment, 'name' | 'figures'>, rows: readonly Row[]): string[] {
  return Object.entries(figures(rows)).map(([file, figure]) => {
    writeFileSync(figureFile(file), draw(figure, commandOf(name)));
    return file;
  });
}

async function conduct({ name, cells, figures }: Experiment, client: Client): Promise<void> {
  const from = { seconds: client.seconds(), time: Date.now() };
  const rows: readonly Row[] = await inParallel(cells.map((cell) => () => cell.run(client)));
  writeResults(name, rows);
  const drawn = drawAll({ name, figures }, rows);
  console.log(
    `${name.padEnd(20)} ${String(rows.length).padStart(3)} cells  ` +
      `${(client.seconds() - from.seconds).toFixed(1).padStart(6)} s of computing in ` +
      `${((Date.now() - from.time) / 1000).toFixed(1).padStart(6)} s with ${WORKERS} threads  ` +
      drawn.map((file) => `${file}.svg`).join(' '),
  );
}

if (args.includes('--redraw')) {
  for (const experiment of chosen) drawAll(experiment, readResults(experiment));
  process.exit(0);
}
const given = process.env['GRADCLIP_ADDRESS'];
const service = given === undefined ? await startService() : { address: given, stop: () => {} };
const client = connect(service.address);
try {
  for (const experiment of chosen) await conduct(experiment, client);
  console.log(`${client.seconds().toFixed(0)} s of computing in all`);
} finally {
  client.close();
  service.stop();
}
