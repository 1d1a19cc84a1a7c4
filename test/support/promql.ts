/** Labels that Prometheus adds to what it scrapes, beside a metric `up`. */
export const ADDED_LABELS = ['job', 'instance'];

const STRING = /"(?:[^"\\]|\\.)*"/g;
const MATCHERS = /\{[^}]*\}/g;
const RANGE = /\[[^\]]*\]/g;
const GROUPING = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g;
const OPERATORS = new Set(['and', 'or', 'unless', 'offset', 'bool']);

/** The metrics an expression reads: what is neither a string, a label, a range, a function nor an operator. */
export function metricsOf(expr: string): string[] {
  const bare = expr.replace(STRING, '').replace(MATCHERS, ' ').replace(RANGE, ' ').replace(GROUPING, ' ');
  const names = bare.match(/(?<![\w:.])[a-zA-Z_:][\w:]*(?![\w:])(?!\s*\()/g) ?? [];
  return names.filter((name) => !OPERATORS.has(name) && name !== 'up');
}

/** The labels an expression matches or groups by. */
export function labelsOf(expr: string): string[] {
  const bare = expr.replace(STRING, '""');
  const matched = [...bare.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*""/g)].map(([, label]) => label as string);
  const grouped = [...bare.matchAll(GROUPING)].flatMap(([, list = '']) => list.split(','));
  return [...matched, ...grouped.map((label) => label.trim())].filter((label) => label !== '');
}

export interface Exposition {
  /** Kind of each family by its name. */
  readonly families: ReadonlyMap<string, string>;
  /** Names that have at least one sample: a histogram's are those of its buckets, sum and count. */
  readonly samples: ReadonlySet<string>;
  readonly labels: ReadonlySet<string>;
}

/** Reads the Prometheus text format. */
export function readExposition(text: string): Exposition {
  const families = new Map<string, string>();
  const samples = new Set<string>();
  const labels = new Set<string>();
  for (const line of text.split('\n')) {
    const [, name, kind] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (name !== undefined && kind !== undefined) families.set(name, kind);
    if (line === '' || line.startsWith('#')) continue;
    const [, sample = line, list = ''] = /^([\w:]+)(?:\{(.*)\})? /.exec(line) ?? [];
    samples.add(sample);
    for (const [, label = ''] of list.matchAll(/(\w+)="/g)) labels.add(label);
  }
  return { families, samples, labels };
}
