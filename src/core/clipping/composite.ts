import type { Report } from '../kernels/clip.js';
import { euclidean, sumOfSquares } from '../kernels/norm.js';
import type { Vector } from '../kernels/vector.js';
import type { State } from '../transform.js';
import { membersOf, type Rule, type RuleContext } from './rule.js';

/** A rule inside another. */
export interface Part {
  /** What its reports are called by. */
  readonly name: string;
  /** Where its parameters are, seen from those of the whole. */
  readonly path: string;
  /** Of its state within that of the whole. */
  readonly key: string;
  readonly rule: Rule;
}

/** A part and the tensors that it works on. */
export interface Place extends Part {
  readonly members: readonly number[];
}

/** A part with all that its clip is given: made once, used at every iteration. */
interface Bound {
  readonly rule: Rule;
  readonly key: string;
  readonly members: readonly number[];
  readonly whole: boolean;
  readonly tensors: readonly Vector[];
  readonly squares: Float64Array;
  readonly reports: readonly Report[];
  readonly context: RuleContext;
}

const pick = <T>(list: readonly T[], members: readonly number[]): T[] => members.map((t) => list[t] as T);
const nameInside = (part: string, name: string): string => (name === '' ? part : `${part}/${name}`);

/** A rule made of `parts`, which work one after the other, each at its place. */
export function composite(
  parts: readonly Rule[],
  placesOf: (names: readonly string[]) => readonly Place[],
): Rule {
  const needs = parts.find((part) => part.needs === 'parameters')?.needs;
  const remembers = parts.some(({ init }) => init !== undefined);
  let bound: ReturnType<typeof bind> | null = null;
  return {
    euclidean: false,
    rules: parts.reduce((sum, { rules = 1 }) => sum + rules, 0),
    ...(needs !== undefined && { needs }),
    ...(remembers && {
      init: (tensors: readonly Vector[], names: readonly string[]) =>
        Object.fromEntries(
          placesOf(names).map(({ key, rule, members }) => [
            key,
            rule.init?.(pick(tensors, members), pick(names, members)) ?? [],
          ]),
        ),
    }),
    groups: (names) =>
      placesOf(names).flatMap(({ name, rule, members }) =>
        rule.groups(pick(names, members)).map((inner) => nameInside(name, inner)),
      ),
    members: (names) =>
      placesOf(names).flatMap(({ rule, members }) =>
        membersOf(rule, pick(names, members)).map((inner) => pick(members, inner)),
      ),
    misfit(names) {
      for (const { path, rule, members } of placesOf(names)) {
        if (rule.needs === 'examples')
          return {
            path,
            message: 'takes the gradient of each example, which no rule before or beside it can',
          };
        const found = rule.misfit?.(pick(names, members));
        if (found != null) return { ...found, path: `${path}.${found.path}` };
      }
      return null;
    },
    clip(tensors, squares, norm, reports, context) {
      if (bound?.tensors !== tensors || bound.reports !== reports || bound.context !== context)
        bound = bind(placesOf(context.names), tensors, reports, context);
      apply(bound.places, tensors, bound.squares, squares, norm, remembers ? context : null);
    },
  };
}

function bind(
  places: readonly Place[],
  tensors: readonly Vector[],
  reports: readonly Report[],
  context: RuleContext,
) {
  let at = 0;
  const made = places.map(({ rule, key, members }): Bound => {
    const names = pick(context.names, members);
    const count = rule.groups(names).length;
    at += count;
    return {
      rule,
      key,
      members,
      whole: members.length === tensors.length,
      tensors: pick(tensors, members),
      squares: new Float64Array(members.length),
      reports: reports.slice(at - count, at),
      context: {
        ...context,
        names,
        shapes: pick(context.shapes, members),
        parameters: context.parameters === null ? null : pick(context.parameters, members),
        state: [],
        whole: null,
      },
    };
  });
  return { tensors, reports, context, places: made, squares: new Float64Array(tensors.length) };
}

/** In `known` a square that is NaN has to be computed again: its tensor was clipped. */
const STALE = Number.NaN;

/** `remembering` is the context of a rule some part of which remembers something. */
function apply(
  places: readonly Bound[],
  tensors: readonly Vector[],
  known: Float64Array,
  squares: Float64Array,
  norm: number,
  remembering: RuleContext | null,
): void {
  known.set(squares);
  let changed = false;
  for (let p = 0; p < places.length; p++) {
    const place = places[p] as Bound;
    const { members, context } = place;
    for (let i = 0; i < members.length; i++) {
      const t = members[i] as number;
      if (Number.isNaN(known[t])) known[t] = sumOfSquares(tensors[t] as Vector);
      place.squares[i] = known[t] as number;
    }
    const own = place.whole && !changed ? norm : euclidean(place.tensors, place.squares);
    const states = remembering?.state as Record<string, State> | undefined;
    if (states !== undefined) context.state = states[place.key] as State;
    place.rule.clip(place.tensors, place.squares, own, place.reports, context);
    if (states !== undefined) states[place.key] = context.state;
    if (!anyClipped(place.reports)) continue;
    changed = true;
    for (let i = 0; i < members.length; i++) known[members[i] as number] = STALE;
  }
}

function anyClipped(reports: readonly Report[]): boolean {
  for (let i = 0; i < reports.length; i++) if ((reports[i] as Report).clipped) return true;
  return false;
}
