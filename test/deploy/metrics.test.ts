import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { parse } from 'yaml';
import { ADDED_LABELS, type Exposition, labelsOf, metricsOf, readExposition } from '../support/promql.js';
import { refusalOf } from '../support/refusals.js';
import { inRepository } from '../support/root.js';
import { startService, type TestService } from '../support/service.js';
import { grpc, rest } from '../support/transports.js';

const read = (path: string): string => readFileSync(inRepository(path), 'utf8');

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}
interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert: string; readonly expr: string }[];
  }[];
}

const { panels } = JSON.parse(read('deploy/grafana/dashboards/gradclip.json')) as {
  panels: readonly Panel[];
};
const targets = panels.flatMap(({ title, targets = [] }) => targets.map((target) => ({ title, ...target })));
const alerts = (parse(read('deploy/prometheus/alerts.yml')) as Rules).groups.flatMap(({ rules }) => rules);
const expressions = [
  ...targets.map(({ title, expr }) => [`panel "${title}"`, expr] as const),
  ...alerts.map(({ alert, expr }) => [`alert ${alert}`, expr] as const),
];
const documented = new Set(read('docs/deployment.md').match(/\b(?:gradclip|nodejs|process)_[a-z0-9_]+\b/g));

/** Every metric has samples after this, but for the one that counts lost threads. */
async function use(service: TestService): Promise<void> {
  const run = {
    objective: { quartic: {} },
    clipping: { globalNorm: { threshold: 1 } },
    optimizer: { sgd: {} },
  };
  for (const transport of [rest(service), grpc(service, 'values')]) {
    const gradients = [transport.tensor({ shape: [2], data: [3, 4] })];
    for (const threshold of [1, 10])
      await transport.clip({ gradients, clipping: { globalNorm: { threshold } } });
    const { result } = await transport.run({ ...run, budget: { maxIterations: 10 } });
    assert.equal(result.iterations, 10);
    await refusalOf(transport.clip({ gradients, clipping: { globalNorm: { threshold: -1 } } }));
  }
}

describe('what is monitored', () => {
  let service: TestService;
  let scrape: Exposition;
  before(async () => {
    service = await startService({ INLINE_OPERATIONS: '0' });
    await use(service);
    scrape = readExposition(await (await fetch(`${service.http}/metrics`)).text());
  });
  after(() => service.stop());

  const hasSamples = (metric: string): boolean =>
    scrape.samples.has(metric) ||
    (metric === 'gradclip_worker_restarts_total' && scrape.families.has(metric));

  it('every metric and label of the dashboard and the alerts is scraped', () => {
    for (const [where, expr] of expressions) {
      for (const metric of metricsOf(expr)) assert.ok(hasSamples(metric), `${where} reads ${metric}`);
      for (const label of labelsOf(expr))
        assert.ok(scrape.labels.has(label) || ADDED_LABELS.includes(label), `${where} uses ${label}`);
    }
  });

  it('every metric of the documentation is scraped', () => {
    assert.ok(documented.size > 0);
    for (const metric of documented) assert.ok(scrape.families.has(metric), metric);
  });

  it('every metric of the service itself is on the dashboard and in the documentation', () => {
    const shown = targets.flatMap(({ expr }) => metricsOf(expr));
    const own = [...scrape.families].filter(([name]) => name.startsWith('gradclip_'));
    assert.ok(own.length > 0);
    for (const [name, kind] of own) {
      const names = kind === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => name + end) : [name];
      assert.ok(
        names.some((candidate) => shown.includes(candidate)),
        `${name} is on no panel`,
      );
      assert.ok(documented.has(name), `${name} is not documented`);
    }
  });

  it('both transports are counted, a refusal by its reason', async () => {
    const text = await (await fetch(`${service.http}/metrics`)).text();
    for (const transport of ['http', 'grpc'])
      for (const [operation, reason, times] of [
        ['clip', 'OK', 2],
        ['clip', 'INVALID_FIELD', 1],
        ['full-run', 'OK', 1],
      ] as const) {
        const labels = `operation="${operation}",transport="${transport}",reason="${reason}"`;
        assert.ok(text.includes(`gradclip_request_duration_seconds_count{${labels}} ${times}\n`), labels);
      }
  });
});

describe('the dashboard', () => {
  it('every legend names labels that its expression keeps', () => {
    for (const { title, expr, legendFormat } of targets)
      for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
        const kept = expr.includes('sum') ? labelsOf(expr).includes(label) : label === 'instance';
        assert.ok(kept, `${title}: ${label} is gone after ${expr}`);
      }
  });

  it('panels have ids of their own, lie inside the grid and do not overlap', () => {
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    const taken = new Map<string, string>();
    for (const { title, gridPos } of panels)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++)
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
          assert.ok(x < 24, `${title} is too wide`);
          assert.equal(taken.get(`${x} ${y}`), undefined, `${title} lies over another panel`);
          taken.set(`${x} ${y}`, title);
        }
  });

  it('all panels but rows ask something', () => {
    for (const { type, title, targets = [] } of panels)
      assert.equal(targets.length > 0, type !== 'row', title);
  });
});
