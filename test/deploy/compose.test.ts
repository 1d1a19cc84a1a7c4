import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { parseConfig } from '../../src/config.js';
import { inRepository } from '../support/root.js';

const read = <T>(path: string): T => parse(readFileSync(inRepository(path), 'utf8'), { merge: true }) as T;

interface ComposeService {
  readonly image: string;
  readonly ports: readonly string[];
  readonly volumes?: readonly string[];
  readonly stop_grace_period?: string;
  readonly cap_drop: readonly string[];
  readonly read_only: boolean;
  readonly security_opt: readonly string[];
}
interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const { services, volumes } = read<Compose>('docker-compose.yml');
const mounts = Object.values(services)
  .flatMap(({ volumes = [] }) => volumes)
  .map((mount) => mount.split(':') as [source: string, target: string, mode?: string]);

describe('docker-compose.yml', () => {
  it('mounts only what the repository has, all of it read-only', () => {
    for (const [source, target, mode] of mounts) {
      if (!source.startsWith('.')) {
        assert.ok(source in volumes, `${source} is no volume`);
        continue;
      }
      assert.equal(mode, 'ro', target);
      // The data directory is the operator's.
      if (source !== './data') assert.ok(existsSync(inRepository(source)), `${source} does not exist`);
    }
  });

  it('publishes on loopback only, and confines every container', () => {
    for (const [name, service] of Object.entries(services)) {
      for (const port of service.ports) assert.match(port, /^127\.0\.0\.1:\d+:\d+$/, name);
      assert.deepEqual(service.cap_drop, ['ALL'], name);
      assert.deepEqual(service.security_opt, ['no-new-privileges:true'], name);
      assert.equal(service.read_only, true, name);
    }
  });

  it('waits longer for the end of the service than the service for the end of its runs', () => {
    const seconds = Number(/^(\d+)s$/.exec(services['gradclip']?.stop_grace_period ?? '')?.[1]);
    assert.ok(seconds * 1000 > parseConfig({}).GRACE_TIME);
  });

  it('publishes the ports on which the service listens by default', () => {
    const inside = services['gradclip']?.ports.map((port) => Number(port.split(':').at(-1)));
    const { HTTP_PORT, GRPC_PORT } = parseConfig({});
    assert.deepEqual(inside, [HTTP_PORT, GRPC_PORT]);
  });

  it('pins the images that it does not build', () => {
    for (const name of ['prometheus', 'grafana'])
      assert.match(services[name]?.image ?? '', /:v?\d+\.\d+\.\d+$/);
  });
});

describe('what is provisioned', () => {
  /** The file of the repository that a container sees at `path`. */
  const behind = (path: string): string => {
    const mount = mounts.find(([, target]) => path.startsWith(target));
    assert.ok(mount, `nothing is mounted at ${path}`);
    return join(mount[0], path.slice(mount[1].length));
  };

  it('Prometheus scrapes the service of the compose file and finds its rules', () => {
    const config = read<{
      readonly rule_files: readonly string[];
      readonly scrape_configs: readonly {
        readonly job_name: string;
        readonly static_configs: readonly { readonly targets: readonly string[] }[];
      }[];
    }>('deploy/prometheus/prometheus.yml');
    const [job] = config.scrape_configs;
    assert.equal(job?.job_name, 'gradclip');
    assert.deepEqual(job.static_configs, [{ targets: [`gradclip:${parseConfig({}).HTTP_PORT}`] }]);
    for (const file of config.rule_files)
      assert.ok(existsSync(inRepository(join('deploy/prometheus', file))), file);
  });

  it('Grafana finds its dashboards, and Prometheus under its name in the compose file', () => {
    const { providers } = read<{ readonly providers: readonly { readonly options: { path: string } }[] }>(
      'deploy/grafana/provisioning/dashboards/gradclip.yml',
    );
    for (const { options } of providers)
      assert.ok(existsSync(inRepository(join(behind(options.path), 'gradclip.json'))), options.path);
    const { datasources } = read<{ readonly datasources: readonly { readonly url: string }[] }>(
      'deploy/grafana/provisioning/datasources/prometheus.yml',
    );
    for (const { url } of datasources) assert.ok(new URL(url).hostname in services, url);
  });
});

describe('Dockerfile', () => {
  it('copies only what .dockerignore lets through', () => {
    const dockerfile = readFileSync(inRepository('Dockerfile'), 'utf8');
    const allowed = readFileSync(inRepository('.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources = '']) =>
      sources.split(' '),
    );
    assert.ok(copied.length > 0);
    assert.deepEqual([...copied].sort(), [...allowed].sort());
    for (const path of copied) assert.ok(existsSync(inRepository(path)), `${path} does not exist`);
  });
});
