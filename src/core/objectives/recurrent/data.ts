import { z } from 'zod';
import { classesOf, DATASET_NAME, type DatasetContent } from '../../datasets.js';
import { invalidField } from '../../failure.js';
import type { Vector } from '../../kernels/vector.js';
import { oneOf } from '../../plugin.js';
import { numbersOf, type Tensor, tensor } from '../../tensor.js';
import type { PlanContext } from '../objective.js';
import { openData } from '../regression/data.js';

const inline = z.strictObject({
  inputs: tensor.describe('steps x sequences x features, or steps x features of one sequence'),
  targets: tensor.optional().describe('steps x sequences x outputs, without steps where lossAt is last'),
  labels: tensor
    .optional()
    .describe('of crossEntropy: steps x sequences, without steps where lossAt is last'),
});
const dataset = z.strictObject({
  name: z.string().regex(DATASET_NAME, 'is not the name of a data set'),
  sequenceLength: z
    .int()
    .min(1)
    .max(4294967295)
    .optional()
    .describe('rows, which are consecutive steps, per sequence; all of them when absent'),
});
export const sequenceData = oneOf('source', { inline, dataset });

export interface SequenceShape {
  readonly steps: number;
  readonly sequences: number;
  readonly features: number;
  /** Numbers of a target; 1 for labels. */
  readonly targets: number;
  /** Greatest label + 1; null for targets that are none. */
  readonly classes: number | null;
  /** Steps that have a target: all, or the last one. */
  readonly judged: number;
}

/** Numbers in row-major order: steps x sequences x features, judged steps x sequences x targets. */
export interface Sequences {
  input(step: number, sequence: number, feature: number): number;
  target(step: number, sequence: number, output: number): number;
}

export interface SequenceSource {
  readonly shape: SequenceShape;
  load(): Sequences;
}

const PATH = 'objective.recurrent.data';
const shapeText = ({ shape }: Tensor): string => `shape [${shape.join(', ')}]`;

export function openSequences(
  spec: z.output<typeof sequenceData>,
  wants: { readonly labels: boolean; readonly last: boolean },
  context: PlanContext,
): SequenceSource {
  return 'inline' in spec
    ? openInline(spec['inline'] as z.output<typeof inline>, wants)
    : openDataset(spec['dataset'] as z.output<typeof dataset>, wants, context);
}

function openInline(
  { inputs, targets, labels }: z.output<typeof inline>,
  wants: { readonly labels: boolean; readonly last: boolean },
): SequenceSource {
  const { shape } = inputs;
  if (shape.length !== 2 && shape.length !== 3)
    throw invalidField(
      `${PATH}.inline.inputs`,
      `must be steps x sequences x features, or steps x features, got ${shapeText(inputs)}`,
    );
  if (shape.includes(0)) throw invalidField(`${PATH}.inline.inputs`, `has no numbers: ${shapeText(inputs)}`);
  const [steps = 1, middle = 1] = shape;
  const sequences = shape.length === 3 ? middle : 1;
  const features = shape.at(-1) as number;
  const [field, other] = wants.labels ? (['labels', 'targets'] as const) : (['targets', 'labels'] as const);
  const given = { targets, labels };
  const wanted = given[field];
  if (wanted === undefined || given[other] !== undefined)
    throw invalidField(
      `${PATH}.inline.${wanted === undefined ? field : other}`,
      `crossEntropy takes labels, the other losses targets: this one needs ${field} and no ${other}`,
    );
  const axes = [...(wants.last ? [] : [steps]), ...(shape.length === 3 ? [sequences] : [])];
  const outputs = wants.labels ? 1 : (wanted.shape.at(-1) as number);
  const fits = wants.labels
    ? wanted.shape.join() === axes.join()
    : wanted.shape.length === axes.length + 1 && wanted.shape.slice(0, -1).join() === axes.join();
  if (!fits)
    throw invalidField(
      `${PATH}.inline.${field}`,
      `must have shape [${[...axes, ...(wants.labels ? [] : ['outputs'])].join(', ')}], got [${wanted.shape.join(', ')}]`,
    );
  if (outputs === 0) throw invalidField(`${PATH}.inline.targets`, `has no numbers: ${shapeText(wanted)}`);
  const y = numbersOf(wanted);
  const x = numbersOf(inputs);
  const judged = wants.last ? 1 : steps;
  return {
    shape: { steps, sequences, features, targets: outputs, classes: classesOf(y), judged },
    load: () => ({
      input: (t, s, j) => x[(t * sequences + s) * features + j] as number,
      target: (t, s, j) => y[(t * sequences + s) * outputs + j] as number,
    }),
  };
}

/** Sequence s has the rows from s · steps on; rows that fill no sequence are left out. */
function openDataset(
  spec: z.output<typeof dataset>,
  wants: { readonly labels: boolean; readonly last: boolean },
  context: PlanContext,
): SequenceSource {
  const { shape, load } = openData('recurrent', { dataset: { name: spec.name } }, context.datasets);
  const steps = spec.sequenceLength ?? shape.rows;
  if (steps > shape.rows || steps === 0)
    throw invalidField(
      `${PATH}.dataset.sequenceLength`,
      `must be between 1 and the ${shape.rows} rows of "${spec.name}", got ${steps}`,
    );
  if (wants.labels && shape.targets !== 1)
    throw invalidField(`${PATH}.dataset.name`, `crossEntropy needs one label a row, got ${shape.targets}`);
  if (shape.targets === 0) throw invalidField(`${PATH}.dataset.name`, `"${spec.name}" has no targets`);
  const first = wants.last ? steps - 1 : 0;
  return {
    shape: {
      steps,
      sequences: Math.floor(shape.rows / steps),
      features: shape.features,
      targets: shape.targets,
      classes: shape.classes,
      judged: steps - first,
    },
    load() {
      const { features, targets }: DatasetContent = load();
      const { data, scale, columns } = features;
      return {
        input: (t, s, j) => (data[(s * steps + t) * columns + j] as number) * scale,
        target: (t, s, j) => targets[(s * steps + first + t) * shape.targets + j] as number,
      };
    },
  };
}

/** Outputs of the network; refuses labels that are no classes. */
export function outputsOf(shape: SequenceShape, labels: boolean, classes: number | undefined): number {
  if (!labels) {
    if (classes === undefined) return shape.targets;
    throw invalidField('objective.recurrent.classes', 'are for the loss crossEntropy');
  }
  if (shape.classes === null) throw invalidField(PATH, 'labels must be integers between 0 and 65535');
  const known = classes ?? Math.max(2, shape.classes);
  if (shape.classes > known)
    throw invalidField(PATH, `labels must be below ${known} classes, got ${shape.classes - 1}`);
  return known;
}

/** into ← the sequences that `chosen` names, judged or input steps. */
export function write(
  into: Vector | Int32Array,
  steps: number,
  chosen: ArrayLike<number>,
  width: number,
  of: (step: number, sequence: number, column: number) => number,
): void {
  let at = 0;
  for (let t = 0; t < steps; t++)
    for (let s = 0; s < chosen.length; s++)
      for (let j = 0; j < width; j++) into[at++] = of(t, chosen[s] as number, j);
}
