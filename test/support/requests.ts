import type { Operation } from '../../src/app/operation.js';
import { clipping } from '../../src/core/clipping/index.js';
import { objectives } from '../../src/core/objectives/index.js';
import { optimizers } from '../../src/core/optimizers/index.js';
import type { Registry } from '../../src/core/plugin.js';
import { schedules } from '../../src/core/schedules/index.js';
import { suitedTo } from './rule-requests.js';

export interface Example {
  readonly title: string;
  readonly request: object;
}
type Fields = Readonly<Record<string, unknown>>;

/** The request fields that hold a choice of a registry. */
const CHOICES: Readonly<Record<string, Registry<unknown>>> = {
  clipping,
  optimizer: optimizers,
  schedule: schedules,
  objective: objectives,
};
/** Whether a gradient step can be made with it: not if it evaluates the objective. */
export const stepsAlone = (kind: string): boolean =>
  optimizers.plugins.some(
    (plugin) =>
      plugin.kind === kind && plugin.build(plugin.params.parse(plugin.example)).needs !== 'evaluations',
  );

/** What belongs to the objective of the example and to no other. */
const POINTS = ['start', 'parameters', 'directions'];

const SHORT_PATH = { run: { optimizer: { sgd: { learningRate: 1e-3 } }, iterations: 2 } };

/** The example of the operation, and the same with every entry of the catalog in its place. */
export function exampleRequests({ input, example }: Operation): Example[] {
  const given = example as Fields;
  const accepts = (field: string): boolean => field in (input as unknown as { shape: Fields }).shape;
  // What evaluates the objective needs one.
  const withEntry = (field: string, kind: string, params: unknown): object => {
    const dropped = field === 'objective' ? [...POINTS, 'certificate'] : [];
    const kept = Object.entries(given).filter(([key]) => !dropped.includes(key));
    // Of most objectives no constants are known.
    const told = field === 'objective' && accepts('gap') ? { constants: { l0: 1, l1: 1 }, gap: 1 } : {};
    // Nor is there a certificate; an estimate along a short path there always is.
    const estimated = field === 'objective' && accepts('certificate') ? { estimate: SHORT_PATH } : {};
    return { ...Object.fromEntries(kept), ...told, ...estimated, [field]: { [kind]: params } };
  };
  return [
    { title: 'its example', request: given },
    ...(accepts('validateOnly')
      ? [{ title: 'its example, validated only', request: { ...given, validateOnly: true } }]
      : []),
    ...Object.entries(CHOICES)
      .filter(([field]) => accepts(field))
      .flatMap(([field, { plugins }]) =>
        plugins
          .filter(({ kind }) => field !== 'optimizer' || !accepts('gradients') || stepsAlone(kind))
          .flatMap(({ kind, example: params }) => {
            const entry = { ...(accepts('value') && { value: 1 }), ...withEntry(field, kind, params) };
            const request = suitedTo(kind, entry);
            return request === null ? [] : [{ title: `the ${field} ${kind}`, request }];
          }),
      ),
  ];
}
