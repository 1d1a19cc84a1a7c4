// Draws the figures of the committed results anew, without running anything: node dist/experiments/redraw.js [name ...]
import { writeFileSync } from 'node:fs';
import { commandOf, figureFile, readResults } from './experiment.js';
import { draw } from './figure.js';
import { experiments } from './index.js';

const names = process.argv.slice(2);
for (const experiment of experiments)
  if (names.length === 0 || names.includes(experiment.name))
    for (const [file, figure] of Object.entries(experiment.figures(readResults(experiment))))
      writeFileSync(figureFile(file), draw(figure, commandOf(experiment.name)));
