import { invalidField } from '../core/failure.js';
import { nextNonFinite } from '../core/kernels/vector.js';
import { type CellName, GATES } from '../core/network/recurrent/cell.js';
import { numbersOf, sizeOf, type Tensor } from '../core/tensor.js';
import type { Loss } from '../core/theory/gradient-flow/loss.js';
import type { Sequence } from '../core/theory/gradient-flow/system.js';

export const MAX_UNITS = 512;
export const MAX_STEPS = 100_000;

/** What each tensor may be called: the lecture's name and PyTorch's. */
const NAMES = {
  wx: ['W_x', 'weight_ih_l0'],
  wh: ['W_h', 'weight_hh_l0'],
  wo: ['W_o'],
  bx: ['b_x', 'bias_ih_l0'],
  bh: ['b_h', 'bias_hh_l0'],
  bo: ['b_o'],
  h0: ['h0'],
  c0: ['c0'],
} as const;
export type ParameterName = keyof typeof NAMES;
export const namesOf = (key: ParameterName): readonly string[] => NAMES[key];

export interface Given {
  readonly cell: CellName;
  readonly parameters: readonly Tensor[];
  readonly inputs?: Tensor | undefined;
  readonly targets?: Tensor | undefined;
  readonly labels?: Tensor | undefined;
  readonly initialState?: Tensor | undefined;
  readonly initialCell?: Tensor | undefined;
  readonly loss: Loss;
  readonly lossAt: 'every' | 'last';
}

export interface System {
  readonly n: number;
  readonly wh: Float64Array;
  readonly sequence: Sequence | null;
  /** As the request calls its tensors. */
  readonly names: Readonly<Partial<Record<ParameterName, string>>>;
}

interface Found {
  readonly tensor: Tensor;
  readonly path: string;
}
type Parameters = Readonly<Partial<Record<ParameterName, Found>>>;

/** The network and sequence of a request, every shape checked against the others. */
export function systemOf(given: Given): System {
  const found = byName(given.parameters);
  const gates = GATES[given.cell];
  const wh = found.wh as Found;
  const n = unitsOf(wh, gates);
  const names = Object.fromEntries(
    Object.entries(found).map(([key, { tensor }]) => [key, key === 'wh' ? nameOf(tensor) : tensor.name]),
  );
  const sequence = sequenceOf(given, found, n, gates);
  return { n, wh: finite(wh), sequence, names };
}

/** A single tensor without a name is W_h. */
const nameOf = ({ name }: Tensor): string => (name === '0' ? 'W_h' : name);

function byName(parameters: readonly Tensor[]): Parameters {
  const keys = Object.keys(NAMES) as ParameterName[];
  const found: Partial<Record<ParameterName, Found>> = {};
  parameters.forEach((tensor, i) => {
    const path = `parameters[${i}]`;
    const name = parameters.length === 1 ? nameOf(tensor) : tensor.name;
    const key = keys.find((key) => namesOf(key).includes(name));
    if (key === undefined)
      throw invalidField(
        `${path}.name`,
        `must be one of ${keys.flatMap(namesOf).join(', ')}, got ${JSON.stringify(name)}`,
      );
    if (found[key] !== undefined)
      throw invalidField(
        `${path}.name`,
        `is ${key === 'wh' ? 'W_h' : NAMES[key][0]} a second time, got ${JSON.stringify(name)}`,
      );
    found[key] = { tensor, path };
  });
  if (found.wh === undefined) throw invalidField('parameters', 'need W_h');
  return found;
}

/** n of a W_h with gates · n rows and n columns; one number is 1 x 1. */
function unitsOf({ tensor, path }: Found, gates: number): number {
  const { shape } = tensor;
  const [rows, columns] = sizeOf(tensor) === 1 && gates === 1 ? [1, 1] : shape;
  const says =
    gates === 1 ? 'must be square' : `must have ${gates} n rows, a block for each gate, and n columns`;
  if (
    (shape.length !== 2 && rows !== 1) ||
    rows === undefined ||
    columns === undefined ||
    rows !== gates * columns
  )
    throw invalidField(`${path}.shape`, `W_h ${says}, got [${shape.join(', ')}]`);
  if (columns < 1 || columns > MAX_UNITS)
    throw invalidField(`${path}.shape`, `needs 1 to ${MAX_UNITS} units, got ${columns}`);
  return columns;
}

function sequenceOf(given: Given, found: Parameters, n: number, gates: number): Sequence | null {
  const { inputs, loss, lossAt, cell } = given;
  if (inputs === undefined) return withoutInputs(given);
  const { wh, wx, wo } = found;
  if (wx === undefined || wo === undefined)
    throw invalidField('parameters', `need ${wx === undefined ? 'W_x' : 'W_o'} with inputs`);
  const { steps, rows, width } = lengthsOf(inputs);
  const { shape } = wo.tensor;
  const outputs = shape.length === 2 ? (shape[0] as number) : 1;
  if (outputs < 1)
    throw invalidField(`${wo.path}.shape`, `needs at least one output, got [${shape.join(', ')}]`);
  const lastOnly = lossAt === 'last';
  const y = targetsOf(given);
  const sequence = {
    steps,
    rows,
    inputs: width,
    outputs,
    loss,
    lastOnly,
    weights: {
      wx: shaped('W_x', wx, [gates * n, width]),
      wh: finite(wh as Found),
      wo: shaped('W_o', wo, [outputs, n]),
      bx: biasOf('b_x', found.bx, gates * n),
      bh: biasOf('b_h', found.bh, gates * n),
      bo: biasOf('b_o', found.bo, outputs),
    },
    x: finite({ tensor: inputs, path: 'inputs' }),
    y: shaped(y.path, y, [...(lastOnly ? [] : [steps]), rows, ...(y.path === 'labels' ? [] : [outputs])]),
    h0: stateOf('initialState', given.initialState, found.h0, rows, n),
    c0: stateOf('initialCell', given.initialCell, found.c0, rows, n),
  };
  if (cell !== 'lstm' && (given.initialCell !== undefined || found.c0 !== undefined))
    throw invalidField(found.c0?.path ?? 'initialCell', `is for the cell lstm, got ${cell}`);
  if (y.path === 'labels') checkLabels(sequence.y, y.tensor, outputs);
  return sequence;
}

/** Nothing that belongs to a sequence. */
function withoutInputs(given: Given): null {
  for (const field of ['targets', 'labels', 'initialState', 'initialCell'] as const)
    if (given[field] !== undefined) throw invalidField(field, 'goes with inputs, and there are none');
  return null;
}

function lengthsOf({ shape }: Tensor): { steps: number; rows: number; width: number } {
  const text = `[${shape.join(', ')}]`;
  if (shape.length > 3)
    throw invalidField('inputs.shape', `must be steps x sequences x features or less, got ${text}`);
  const [steps = 1, second = 1, third] = shape;
  const [rows, width] = third === undefined ? [1, second] : [second, third];
  if (steps < 1 || steps > MAX_STEPS)
    throw invalidField('inputs.shape', `needs 1 to ${MAX_STEPS} steps, got ${steps}`);
  if (rows < 1 || width < 1)
    throw invalidField('inputs.shape', `needs at least one sequence and one feature, got ${text}`);
  return { steps, rows, width };
}

/** Labels of crossEntropy, targets of the other losses. */
function targetsOf({ targets, labels, loss }: Given): Found {
  const [path, tensor, other] =
    loss === 'crossEntropy'
      ? (['labels', labels, targets] as const)
      : (['targets', targets, labels] as const);
  if (tensor === undefined) throw invalidField(path, `are needed with inputs and the loss ${loss}`);
  if (other !== undefined)
    throw invalidField(path === 'labels' ? 'targets' : 'labels', `are not for the loss ${loss}`);
  return { tensor, path };
}

const biasOf = (name: string, found: Found | undefined, size: number): Float64Array =>
  found === undefined ? new Float64Array(size) : shaped(name, found, [size]);

/** Numbers of a tensor of that shape; extents of 1 may be left out or put in. */
function shaped(name: string, { tensor, path }: Found, shape: readonly number[]): Float64Array {
  const essential = (extents: readonly number[]): string => extents.filter((extent) => extent !== 1).join();
  if (essential(tensor.shape) !== essential(shape))
    throw invalidField(
      `${path}.shape`,
      `${name} must be [${shape.join(', ')}], got [${tensor.shape.join(', ')}]`,
    );
  return finite({ tensor, path });
}

/** One state for each sequence: of the field, or of a learned state among the parameters; zeros when absent. */
function stateOf(
  field: 'initialState' | 'initialCell',
  given: Tensor | undefined,
  learned: Found | undefined,
  rows: number,
  n: number,
): Float64Array {
  if (given !== undefined && learned !== undefined)
    throw invalidField(field, `is among the parameters already, as ${learned.tensor.name}`);
  const found = given === undefined ? learned : { tensor: given, path: field };
  if (found === undefined) return new Float64Array(rows * n);
  if (sizeOf(found.tensor) !== n) return shaped(field, found, [rows, n]);
  const state = shaped(field, found, [n]);
  return Float64Array.from({ length: rows * n }, (_, i) => state[i % n] as number);
}

function finite({ tensor, path }: Found): Float64Array {
  const numbers = Float64Array.from(numbersOf(tensor));
  const at = nextNonFinite(numbers);
  if (at !== -1)
    throw invalidField(
      `${path}.values[${at}]`,
      `is ${numbers[at]} in tensor "${tensor.name}"; must be finite`,
    );
  return numbers;
}

function checkLabels(y: Float64Array, { name }: Tensor, classes: number): void {
  const at = y.findIndex((label) => !(Number.isInteger(label) && label >= 0 && label < classes));
  if (at !== -1)
    throw invalidField(
      `labels.values[${at}]`,
      `must be a label between 0 and ${classes - 1} in tensor "${name}", got ${y[at]}`,
    );
}
