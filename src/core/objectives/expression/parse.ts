import { syntaxFailure, type Token, tokenizer } from './tokens.js';

/**
 * A formula in postfix order: every step takes its operands from a stack and leaves one result there, so that
 * whatever follows needs no recursion.
 */
export type Step =
  | { readonly kind: 'number'; readonly value: number; readonly at: number; readonly text: string }
  | { readonly kind: 'name'; readonly at: number; readonly text: string }
  | { readonly kind: 'negate'; readonly at: number; readonly text: string }
  | { readonly kind: 'binary'; readonly at: number; readonly text: string }
  | { readonly kind: 'index'; readonly index: number; readonly at: number; readonly text: string }
  | { readonly kind: 'call'; readonly count: number; readonly at: number; readonly text: string };

/** How tightly an operator binds: -x^2 is -(x^2), 2^3^2 is 2^(3^2), a/b/c is (a/b)/c. */
const POWERS: ReadonlyMap<string, number> = new Map([
  ['+', 10],
  ['-', 10],
  ['*', 20],
  ['/', 20],
  ['^', 40],
]);
const SIGN_POWER = 30;

export const MAX_DEPTH = 200;
export const MAX_STEPS = 4096;
const MAX_ARGUMENTS = 8;
const MAX_INDEX = 4294967295;

/** Precedence climbing (Pratt 1973), with limits on depth and size. */
export function parseFormula(formula: string): readonly Step[] {
  const next = tokenizer(formula);
  const steps: Step[] = [];
  let token = next();
  let depth = 0;

  const refuse = (why: string, { at, text }: Token = token): never => {
    throw syntaxFailure(formula, at, text, why);
  };
  const is = (text: string): boolean => token.kind === 'sign' && token.text === text;
  const advance = (): Token => {
    const taken = token;
    token = next();
    return taken;
  };
  const close = (sign: string, opened: Token): void => {
    if (!is(sign)) refuse(`is not the "${sign}" that "${opened.text}" at character ${opened.at + 1} needs`);
    advance();
  };
  const emit = (step: Step): void => {
    if (steps.length === MAX_STEPS) refuse(`is beyond the limit of ${MAX_STEPS} operations and operands`);
    steps.push(step);
  };

  /** Everything that binds more tightly than `power`. */
  function expression(power: number): void {
    if (++depth > MAX_DEPTH) refuse(`is nested deeper than ${MAX_DEPTH} levels`);
    operand();
    for (;;) {
      const bound = token.kind === 'sign' ? POWERS.get(token.text) : undefined;
      if (bound === undefined || bound <= power) break;
      const { at, text } = advance();
      // A power takes its exponent from the right: 2^3^2 goes on into it.
      expression(text === '^' ? bound - 1 : bound);
      emit({ kind: 'binary', at, text });
    }
    depth--;
  }

  function operand(): void {
    const { kind, text, at } = token;
    if (kind === 'number') {
      advance();
      const value = Number(text);
      if (!Number.isFinite(value)) throw syntaxFailure(formula, at, text, 'is too large a number');
      emit({ kind: 'number', value, at, text });
    } else if (kind === 'name') name();
    else if (is('-') || is('+')) {
      advance();
      expression(SIGN_POWER);
      if (text === '-') emit({ kind: 'negate', at, text });
    } else if (is('(')) {
      const opened = advance();
      expression(0);
      close(')', opened);
    } else refuse('is where a number, a name or "(" is needed');
  }

  function name(): void {
    const { text, at } = advance();
    if (is('(')) call(text, at);
    else {
      emit({ kind: 'name', at, text });
      if (is('[')) index();
    }
  }

  function index(): void {
    const opened = advance();
    const { text, at } = token;
    const value = token.kind === 'number' ? Number(text) : Number.NaN;
    if (!Number.isInteger(value) || value > MAX_INDEX) refuse('is not an index, an integer >= 0');
    advance();
    close(']', opened);
    emit({ kind: 'index', index: value, at, text });
  }

  function call(text: string, at: number): void {
    const opened = advance();
    let count = 0;
    if (!is(')'))
      for (;;) {
        if (++count > MAX_ARGUMENTS) refuse(`is one of more than ${MAX_ARGUMENTS} arguments`);
        expression(0);
        if (!is(',')) break;
        advance();
      }
    close(')', opened);
    emit({ kind: 'call', count, at, text });
  }

  expression(0);
  if (token.kind !== 'end') refuse('is where an operator or the end is needed');
  return steps;
}
