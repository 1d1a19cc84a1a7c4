import { type RuleContext, Threshold } from './clipping/rule.js';
import { newRecorder } from './columns.js';
import { newReport } from './kernels/clip.js';
import { roomFor } from './kernels/heap.js';
import { views } from './layout.js';
import { columnNames, newOptionalColumns } from './optional-columns/optional-columns.js';
import { newProbe } from './probe.js';
import type { Problem, StopReason } from './run.js';
import { newSkipCounters } from './skip.js';
import type { State } from './transform.js';

/** Where a run is, between two calls of `iterate`. */
export interface Progress {
  k: number;
  /** Of the last row. */
  value: number;
  gradientNorm: number;
  bestValue: number;
  sumOfNorms: number;
  /** Σ min(‖g‖, c) ‖g‖, where a column needs it. */
  spent: number;
  clippedSteps: number;
  skippedSteps: number;
  /** Of the optimizer. */
  state: State;
  /** Why it has ended, once it has. */
  ended: StopReason | null;
  detail: string;
}

/** The memory of a run, and what works in it at every iteration. */
export type Run = Readonly<ReturnType<typeof startRun>>;

/** Rows per batch: enough that a message costs little per row, and few enough that a run which is soon cancelled leaves little behind. */
const rowsPerBatch = (columns: number): number => Math.max(64, Math.floor(6144 / columns));

export function startRun(problem: Problem) {
  const { plan, rule, transform } = problem;
  const { layout } = plan;
  const width = layout.dtype === 'float32' ? 4 : 8;
  const sizes = layout.tensors.map(({ size }) => size);
  const objective = plan.create(roomFor(sizes, width, problem.statePerParameter));
  const { x, gradient } = objective;
  if (problem.start !== null) x.set(problem.start);
  const xs = views(layout, x);
  const gs = views(layout, gradient);
  const shapes = layout.tensors.map(({ shape }) => shape);
  const names = layout.tensors.map(({ name }) => name);
  const clipContext: RuleContext = {
    names,
    shapes,
    parameters: xs,
    state: rule.init?.(gs, names) ?? [],
  };
  const threshold = rule.threshold ?? new Threshold(Number.NaN);
  const squares = new Float64Array(gs.length);
  const columns = columnNames(problem).length;
  const recorder = newRecorder(columns, problem.every, rowsPerBatch(columns));
  const probe = newProbe(objective, xs);
  const step = {
    count: 1,
    learningRate: problem.learningRate,
    value: Number.NaN,
    evaluate: probe.evaluate,
    shapes,
  };
  const now: Progress = {
    k: 0,
    value: Number.NaN,
    gradientNorm: Number.NaN,
    bestValue: Number.POSITIVE_INFINITY,
    sumOfNorms: 0,
    spent: 0,
    clippedSteps: 0,
    skippedSteps: 0,
    state: transform.init(xs, shapes),
    ended: null,
    detail: '',
  };
  return {
    problem,
    objective,
    xs,
    gs,
    /** Σ g² of each tensor. */
    squares,
    best: x.slice(),
    threshold,
    baseThreshold: threshold.value,
    thresholdMemory: problem.thresholdSchedule?.init?.() ?? [],
    scheduleMemory: problem.schedule?.init?.() ?? [],
    skipCounters: newSkipCounters(),
    clipContext,
    reports: rule.groups(names).map(newReport),
    step,
    recorder,
    optional: newOptionalColumns(problem, objective, xs, squares, recorder.capacity),
    probe,
    now,
  };
}
