/** What a signal does: before the service serves, the process just ends. */
let stop: (signal: NodeJS.Signals) => void = () => process.exit(0);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stopBy);
function stopBy(signal: NodeJS.Signals): void {
  stop(signal);
}

// Loaded after the handlers are set: a first process of a container is deaf to signals without them.
const { parseConfig, settingsTable, UnusableSettings } = await import('./config.js');
const { newLogger } = await import('./telemetry/logger.js');

const USAGE = `gradclip: clipped gradient descent as a service

  node dist/src/main.js                  serve until SIGTERM or SIGINT
  node dist/src/main.js --print-config   print the settings in force and exit
  node dist/src/main.js --help           print this and every setting and exit

Settings are environment variables:
`;

function fail(error: unknown): never {
  process.stderr.write(`gradclip: ${(error as Error).message}\n`);
  process.exit(error instanceof UnusableSettings ? 2 : 1);
}

function readConfig() {
  try {
    return parseConfig(process.env);
  } catch (error) {
    fail(error);
  }
}

async function serve(): Promise<void> {
  const config = readConfig();
  const log = newLogger(config.LOG_LEVEL);
  const { logger } = log;
  process.on('exit', log.flush);
  const { createService } = await import('./service.js');
  const service = createService(config, log);
  const { http, grpc } = await service.start();

  stop = (signal) => {
    stop = () => {};
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
  serve().catch(fail);
}
