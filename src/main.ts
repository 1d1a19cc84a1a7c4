import { parseConfig, settingsTable } from './config.js';
import { createService } from './service.js';
import { newLogger } from './telemetry/logger.js';

const USAGE = `gradclip: clipped gradient descent as a service

  node dist/src/main.js                  serve until SIGTERM or SIGINT
  node dist/src/main.js --print-config   print the settings in force and exit
  node dist/src/main.js --help           print this and every setting and exit

Settings are environment variables:
`;

function readConfig() {
  try {
    return parseConfig(process.env);
  } catch (error) {
    process.stderr.write(`gradclip: ${(error as Error).message}\n`);
    process.exit(2);
  }
}

async function serve(): Promise<void> {
  const config = readConfig();
  const { logger, flush } = newLogger(config.LOG_LEVEL);
  process.on('exit', flush);
  const service = createService(config, logger);
  const { http, grpc } = await service.start();

  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'stopping');
    // Whatever still holds on after the grace time is let go.
    setTimeout(() => process.exit(0), config.GRACE_TIME).unref();
    service.drain().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ cause: String(error) }, 'could not stop cleanly');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);

  // Last: whoever reads this may send a signal at once.
  process.stdout.write(
    `gradclip serves HTTP on ${http} and gRPC on ${grpc}\n\n` +
      `  curl -s ${http}/v1/clip -H 'content-type: application/json' \\\n` +
      `    -d '{"gradients": [[3, 4]], "clipping": {"globalNorm": {"threshold": 1}}}'\n\n`,
  );
  logger.info({ http, grpc, node: process.version }, 'serving');
}

if (process.argv.includes('--help')) {
  const rows = settingsTable().map(
    ({ name, description, fallback }) => `  ${name.padEnd(22)} ${fallback.padEnd(12)} ${description}\n`,
  );
  process.stdout.write(USAGE + rows.join(''));
} else if (process.argv.includes('--print-config')) {
  process.stdout.write(`${JSON.stringify(readConfig(), null, 2)}\n`);
} else {
  serve().catch((error: unknown) => {
    process.stderr.write(`gradclip: ${(error as Error).message}\n`);
    process.exit(1);
  });
}
