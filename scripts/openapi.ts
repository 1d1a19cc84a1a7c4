import { writeFileSync } from 'node:fs';
import { operations } from '../src/app/operations/index.js';
import { openApiYaml } from '../src/http/docs.js';

writeFileSync('openapi.yaml', openApiYaml(operations));
process.stdout.write('wrote openapi.yaml\n');
