import { Failure } from '../../failure.js';

/** A place in the formula, both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface Token {
  readonly kind: 'number' | 'name' | 'sign' | 'end';
  readonly text: string;
  /** Index of its first character. */
  readonly at: number;
}

const SPACE = /\s+/y;
const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
export const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const SIGN = /[-+*/^()[\],]/y;

/** Where index `at` of the formula is. */
export function placeOf(formula: string, at: number): Place {
  const before = formula.slice(0, at).split('\n');
  return { line: before.length, column: (before.at(-1) as string).length + 1 };
}

/** Hands out the tokens one by one; the last one is the end, again and again. */
export function tokenizer(formula: string): () => Token {
  let next = 0;
  const match = (pattern: RegExp): string | null => {
    pattern.lastIndex = next;
    return pattern.exec(formula)?.[0] ?? null;
  };
  return () => {
    next += match(SPACE)?.length ?? 0;
    const at = next;
    if (at === formula.length) return { kind: 'end', text: '', at };
    for (const [kind, pattern] of KINDS) {
      const text = match(pattern);
      if (text === null) continue;
      next += text.length;
      return { kind, text, at };
    }
    const character = String.fromCodePoint(formula.codePointAt(at) as number);
    throw syntaxFailure(formula, at, character, 'is not part of a formula');
  };
}
const KINDS = [
  ['number', NUMBER],
  ['name', NAME],
  ['sign', SIGN],
] as const;

export const FORMULA = 'objective.expression.formula';
const MOST_SHOWN = 40;
const shorten = (text: string): string => (text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text);

/** The formula is not one: where, at which token (none at its end), and why. */
export function syntaxFailure(formula: string, at: number, token: string, why: string): Failure {
  const { line, column } = placeOf(formula, at);
  const shown = token === '' ? 'the end' : `"${shorten(token)}"`;
  const message = `line ${line}, column ${column}: ${shown} ${why}`;
  return new Failure('EXPRESSION_SYNTAX', `${FORMULA}: ${message}`, {
    violations: [{ path: FORMULA, message }],
    metadata: { line: String(line), column: String(column), token: shorten(token) },
  });
}

/** The formula reads well and means nothing: an unknown name, shapes that do not fit. */
export function meaningFailure(formula: string, at: number, token: string, why: string): Failure {
  const { line, column } = placeOf(formula, at);
  const message = `line ${line}, column ${column}: ${why}`;
  return new Failure('INVALID_FIELD', `${FORMULA}: ${message}`, {
    violations: [{ path: FORMULA, message }],
    metadata: { line: String(line), column: String(column), token: shorten(token) },
  });
}
