// Pass 5: the value of an expression. C's operators, but all comparisons bind alike, both sides of `&&` and `||` are evaluated, and
// what follows a tighter operator goes with it (see `readOperators`). Letters are registers that `(a=5)` sets.

import { MAX_EXPRESSION_DEPTH } from './budgets.ts';

/** The registers a to z, upper and lower case alike. */
export type Registers = Float64Array;

/** All zero but W and S, which pMARS keeps for its score formula: warriors, and survivors. */
export function createRegisters(): Registers {
  const registers = new Float64Array(26);
  registers[22] = 1;
  registers[18] = 1;
  return registers;
}

export type Value =
  | { readonly value: number }
  /** `at`: index in the text. */
  | { readonly problem: string; readonly hint?: string; readonly at: number };

class ExpressionProblem {
  readonly problem: string;
  readonly at: number;
  readonly hint: string | undefined;

  constructor(problem: string, at: number, hint?: string) {
    this.problem = problem;
    this.at = at;
    this.hint = hint;
  }
}

/** How tightly each operator binds; those of two characters first, so that `<=` is not taken for `<`. */
const PRECEDENCE: readonly (readonly [operator: string, precedence: number])[] = [
  ['||', 1],
  ['&&', 2],
  ['==', 3],
  ['!=', 3],
  ['<=', 3],
  ['>=', 3],
  ['<', 3],
  ['>', 3],
  ['+', 4],
  ['-', 4],
  ['*', 5],
  ['/', 5],
  ['%', 5],
];

/**
 * Evaluates text of digits, letters, operators and parentheses. Integers are exact up to 2^53; division and remainder
 * round towards zero. Spaces part numbers and nothing else.
 */
export function evaluateExpression(text: string, registers: Registers): Value {
  if (/^\d{1,15} ?$/.test(text)) return { value: Number(text) };
  const reader: Reader = { text, at: 0, registers, depth: 0 };
  try {
    const value = readAll(reader);
    skipSpace(reader);
    if (reader.at < text.length) {
      const rest = text[reader.at]!;
      throw new ExpressionProblem(
        rest === ')' ? "')' without a '('" : `'${rest}' where an operator should be`,
        reader.at,
        rest === '=' ? "'==' compares" : undefined,
      );
    }
    return { value: value + 0 };
  } catch (error) {
    if (!(error instanceof ExpressionProblem)) throw error;
    const { problem, at, hint } = error;
    return { problem, at: Math.min(at, text.length), ...(hint === undefined ? {} : { hint }) };
  }
}

type Reader = { readonly text: string; at: number; readonly registers: Registers; depth: number };

function skipSpace(reader: Reader): void {
  while (reader.text[reader.at] === ' ') reader.at++;
}

/** Index after the operator if it is next; spaces may part its two characters. */
function matchOperator({ text, at }: Reader, operator: string): number {
  let end = at;
  for (const character of operator) {
    while (text[end] === ' ') end++;
    if (text[end] !== character) return -1;
    end++;
  }
  return end;
}

function readAll(reader: Reader): number {
  return readOperators(reader, readUnary(reader), 1);
}

/**
 * Applies the operators that bind at least as tightly as `precedence`, from the left. An operand that ends in a tighter
 * operator takes all that follows down to its own level with it, as in pMARS: `1-2*3-4` is `1-(2*3-4)`.
 */
function readOperators(reader: Reader, first: number, precedence: number): number {
  let left = first;
  for (;;) {
    const next = findOperator(reader);
    if (next === null || next.precedence < precedence) return left;
    const at = reader.at;
    reader.at = next.end;
    let right = readUnary(reader);
    const after = findOperator(reader);
    if (after !== null && after.precedence > next.precedence) {
      enter(reader);
      right = readOperators(reader, right, next.precedence);
      reader.depth--;
    }
    left = compute(next.operator, left, right, at);
  }
}

type Operator = { readonly operator: string; readonly precedence: number; readonly end: number };

function findOperator(reader: Reader): Operator | null {
  skipSpace(reader);
  for (const [operator, precedence] of PRECEDENCE) {
    const end = matchOperator(reader, operator);
    if (end >= 0) return { operator, precedence, end };
  }
  return null;
}

function readUnary(reader: Reader): number {
  const { text } = reader;
  // Applied from the inside out: what is remembered is the sign and the nots, in order.
  const signs: string[] = [];
  for (;;) {
    skipSpace(reader);
    const sign = text[reader.at];
    if (sign !== '-' && sign !== '+' && sign !== '!') break;
    signs.push(sign);
    reader.at++;
  }
  let value = readPrimary(reader);
  for (let i = signs.length - 1; i >= 0; i--) {
    if (signs[i] === '-') value = 0 - value;
    else if (signs[i] === '!') value = value === 0 ? 1 : 0;
  }
  return value;
}

function readPrimary(reader: Reader): number {
  const { text } = reader;
  const at = reader.at;
  const character = text[at];
  if (character === undefined) {
    throw new ExpressionProblem(
      at === 0 ? 'a value is missing' : 'the expression ends too early',
      at,
    );
  }
  if (character === '(') {
    enter(reader);
    reader.at++;
    const value = readAll(reader);
    skipSpace(reader);
    if (text[reader.at] !== ')') throw new ExpressionProblem("'(' without a ')'", at);
    reader.at++;
    reader.depth--;
    return value;
  }
  if (isDigit(character)) {
    while (isDigit(text[reader.at])) reader.at++;
    const value = Number(text.slice(at, reader.at));
    return checkSize(value, at);
  }
  if (/[A-Za-z]/.test(character)) return readRegister(reader);
  throw new ExpressionProblem(`'${character}' where a value should be`, at);
}

function readRegister(reader: Reader): number {
  const { text, registers } = reader;
  const register = text.charCodeAt(reader.at) & 31;
  reader.at++;
  const end = matchOperator(reader, '=');
  if (end < 0 || matchOperator(reader, '==') >= 0) return registers[register - 1]!;
  enter(reader);
  reader.at = end;
  const value = readAll(reader);
  registers[register - 1] = value;
  reader.depth--;
  return value;
}

function enter(reader: Reader): void {
  reader.depth++;
  if (reader.depth > MAX_EXPRESSION_DEPTH) {
    throw new ExpressionProblem(
      `more than ${MAX_EXPRESSION_DEPTH} parentheses, operators or assignments within one another`,
      reader.at,
    );
  }
}

function compute(operator: string, left: number, right: number, at: number): number {
  switch (operator) {
    case '||':
      return left !== 0 || right !== 0 ? 1 : 0;
    case '&&':
      return left !== 0 && right !== 0 ? 1 : 0;
    case '==':
      return left === right ? 1 : 0;
    case '!=':
      return left !== right ? 1 : 0;
    case '<=':
      return left <= right ? 1 : 0;
    case '>=':
      return left >= right ? 1 : 0;
    case '<':
      return left < right ? 1 : 0;
    case '>':
      return left > right ? 1 : 0;
    case '+':
      return checkSize(left + right, at);
    case '-':
      return checkSize(left - right, at);
    case '*':
      return checkSize(left * right, at) + 0;
  }
  if (right === 0) throw new ExpressionProblem('division by zero', at);
  return (operator === '/' ? Math.trunc(left / right) : left % right) + 0;
}

function checkSize(value: number, at: number): number {
  if (Number.isSafeInteger(value)) return value;
  throw new ExpressionProblem(
    'a number beyond 2^53',
    at,
    'numbers count modulo the size of the core',
  );
}

function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= '0' && character <= '9';
}
