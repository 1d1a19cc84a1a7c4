import { type Row, refusals } from '../support/refusals.js';

const tensor = (name: string, ...values: number[]) => ({ name, shape: [values.length], values });
const number = (name: string, value: number) => ({ name, values: [value] });
const columns = [tensor('x', 1, 2, 3), tensor('y', 4, 5, 6)];
const parameters = [number('a', 1), tensor('p', 1, 2), tensor('r', 1, 2, 3)];
const FORMULA = 'objective.expression.formula';
const expression = (formula: unknown, more: object = {}) => ({
  objective: { expression: { formula, parameters, data: { inline: { columns } }, ...more } },
});

const syntax = (
  title: string,
  formula: string,
  line: number,
  column: number,
  token: string,
  says: string,
): Row => ({
  title,
  request: expression(formula),
  reason: 'EXPRESSION_SYNTAX',
  path: FORMULA,
  says: [`line ${line}, column ${column}`, says],
  metadata: { line: String(line), column: String(column), token },
});
const meaning = (title: string, formula: string, column: number, ...says: string[]): Row => ({
  title,
  request: expression(formula),
  path: FORMULA,
  says: [`line 1, column ${column}`, ...says],
});

const rows: Row[] = [
  { title: 'no formula', request: expression(undefined), path: FORMULA, says: [] },
  { title: 'an empty formula', request: expression(''), path: FORMULA, says: [] },
  syntax('a formula of blanks', '  \n ', 2, 2, '', 'the end is where a number, a name or "(" is needed'),
  syntax('a missing operand', 'a +', 1, 4, '', 'the end is where'),
  syntax('two operators', 'a + * 2', 1, 5, '*', '"*" is where a number'),
  syntax('no operator', 'a\n  + 2 a', 2, 7, 'a', '"a" is where an operator or the end is needed'),
  syntax('a number that runs into a name', '2a', 1, 2, 'a', 'where an operator'),
  syntax('an open parenthesis', 'exp(a', 1, 6, '', 'is not the ")" that "(" at character 4 needs'),
  syntax('a parenthesis too many', 'a)', 1, 2, ')', 'where an operator'),
  syntax('a character of no meaning', 'a $ 2', 1, 3, '$', 'is not part of a formula'),
  syntax('a character beyond the basic plane', 'a + 🙂', 1, 5, '🙂', 'is not part of a formula'),
  syntax('a comparison', 'a < 2', 1, 3, '<', 'is not part'),
  syntax('a string', '"a"', 1, 1, '"', 'is not part'),
  syntax('an empty argument', 'min(a,)', 1, 7, ')', 'is where a number'),
  syntax('a comma without a function', 'a, a', 1, 2, ',', 'where an operator'),
  syntax('an index that is computed', 'p[a]', 1, 3, 'a', 'is not an index'),
  syntax('an index that is negative', 'p[-1]', 1, 3, '-', 'is not an index'),
  syntax('an index that is no integer', 'p[0.5]', 1, 3, '0.5', 'is not an index'),
  syntax('a number beyond the doubles', '1e999', 1, 1, '1e999', 'is too large a number'),
  syntax(
    'parentheses too deep',
    `${'('.repeat(8000)}a${')'.repeat(8000)}`,
    1,
    201,
    '(',
    'deeper than 200 levels',
  ),
  syntax('signs too many', `${'-'.repeat(8000)}a`, 1, 201, '-', 'deeper than 200 levels'),
  syntax('powers too many', `a${'^a'.repeat(1000)}`, 1, 401, 'a', 'deeper than 200 levels'),
  syntax('operations too many', `a${'+a'.repeat(5000)}`, 1, 4098, '+', 'beyond the limit'),
  {
    title: 'a million nested parentheses',
    request: expression(`${'('.repeat(1e6)}a${')'.repeat(1e6)}`),
    path: FORMULA,
    says: ['<= 16384'],
  },
  meaning('an unknown name', 'a + zz', 5, 'no parameter, constant or column zz', 'there are a, p, r, x, y'),
  meaning('the name of something that every object has', 'constructor', 1, 'constructor'),
  meaning('the prototype', '__proto__ + a', 1, 'column __proto__'),
  meaning('a method of every object', 'toString(a)', 1, 'there is no function toString'),
  meaning('a call of a number', 'a(2)', 1, 'a is no function'),
  meaning('a call of a constant', 'pi(2)', 1, 'pi is no function'),
  meaning('a function without parentheses', 'exp + a', 1, 'exp is a function'),
  meaning('too few arguments', 'a + pow(a)', 5, 'pow takes 2 arguments, got 1'),
  meaning('no arguments', 'exp()', 1, 'exp takes 1 argument, got 0'),
  meaning('vectors of different lengths', 'sum(p + r)', 7, 'a vector of 2 and a vector of 3'),
  meaning('a vector and rows', 'sum(r*x)', 6, 'a vector of 3 and rows'),
  meaning('a dot product of a vector and rows', 'dot(r, x)', 1, 'a vector of 3 and rows'),
  meaning('a dot product of numbers', 'dot(a, a)', 1, 'a number and a number'),
  meaning('the minimum of different shapes', 'sum(min(p, r))', 5, 'a vector of 2 and a vector of 3'),
  meaning('the mean of a number', 'mean(a)', 1, 'mean takes rows or a vector, got a number'),
  meaning('an element of a number', 'a[0]', 3, 'only vectors have elements'),
  meaning('an element of rows', 'sum(x[0])', 7, 'only vectors have elements, not rows'),
  meaning('an element that is not there', 'p[2]', 3, 'index 2 is beyond a vector of 2'),
  meaning('rows as the result', 'a*x', 1, 'must come to a number, not rows'),
  meaning('a vector as the result', 'a*p', 1, 'must come to a number, not a vector of 2'),
  {
    title: 'columns without data',
    request: { objective: { expression: { formula: 'mean(x)', parameters } } },
    path: FORMULA,
    says: ['column x', 'there are a, p, r'],
  },
  {
    title: 'a parameter called as a constant of mathematics',
    request: expression('a', { parameters: [number('e', 1)] }),
    path: 'objective.expression.parameters[0]',
    says: ['cannot be called e'],
  },
  {
    title: 'a parameter called as a function',
    request: expression('a', { parameters: [number('exp', 1)] }),
    path: 'objective.expression.parameters[0]',
    says: ['cannot be called exp'],
  },
  {
    title: 'a parameter without a name',
    request: expression('a', { parameters: [{ values: [1] }] }),
    path: 'objective.expression.parameters[0]',
    says: ['letters, digits and underscores'],
  },
  {
    title: 'a name twice',
    request: expression('a', { constants: [number('a', 1)] }),
    path: 'objective.expression.parameters.a',
    says: ['a name has one meaning'],
  },
  {
    title: 'a parameter called as a column',
    request: expression('x', { parameters: [number('x', 1)] }),
    path: 'objective.expression.parameters.x',
    says: ['a name has one meaning'],
  },
  {
    title: 'a matrix as a parameter',
    request: expression('m', { parameters: [{ name: 'm', shape: [1, 2], values: [1, 2] }] }),
    path: 'objective.expression.parameters.m',
    says: ['must be a number or a list', '[1, 2]'],
  },
  {
    title: 'columns of different lengths',
    request: expression('a', { data: { inline: { columns: [tensor('x', 1, 2), tensor('y', 1)] } } }),
    path: 'objective.expression.data.inline.columns.y',
    says: ['needs 2 rows', 'got 1'],
  },
  {
    title: 'a data set that is not there',
    request: expression('a', { data: { dataset: { name: 'nowhere' } } }),
    path: 'objective.expression.data.dataset.name',
    says: ['no data set "nowhere"'],
  },
  {
    title: 'no parameters',
    request: expression('1', { parameters: undefined }),
    path: 'objective.expression.parameters',
    says: [],
  },
  {
    title: 'a parameter that is a text',
    request: expression('a', { parameters: { a: 'one' } }),
    path: 'objective.expression.parameters.a',
    says: ['expected a number'],
    only: 'REST',
  },
  {
    title: 'an element of a parameter that is a text',
    request: expression('a', { parameters: { a: [1, 'one'] } }),
    path: 'objective.expression.parameters.a[1]',
    says: ['expected a number'],
    only: 'REST',
  },
  {
    title: 'parameters that are a number',
    request: expression('a', { parameters: 3 }),
    path: 'objective.expression.parameters',
    says: ['expected an object'],
    only: 'REST',
  },
];

refusals('Evaluate refuses formulas:', 'Evaluate', rows);
