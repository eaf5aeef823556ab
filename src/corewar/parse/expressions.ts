// Pass 5: the value of an expression, with the operators of C and 64 bits. Letters are registers that `(a=5)` sets.
//
// Where pMARS differs from C, so does this: comparisons bind alike, both sides of `&&` and `||` are evaluated, 0.9.2 groups chains
// in a way of its own, `==` is lost after an operand that ends in a tighter operator, and a single `=` swallows what follows it.

import { DEFAULT_PMARS_VERSION, type PmarsVersion } from '../pmars-version.ts';
import { MAX_EXPRESSION_DEPTH } from './budgets.ts';

/** The registers a to z, upper and lower case alike. */
export type Registers = BigInt64Array;

/**
 * All zero but W and S, which are the number of warriors: what is left of pMARS's check of the score formula. It clears them
 * with the others after the first warrior of a command line, so that later ones have 0 for `warriors`.
 */
export function createRegisters(warriors = 1): Registers {
  const registers = new BigInt64Array(26);
  registers[22] = BigInt(warriors);
  registers[18] = BigInt(warriors);
  return registers;
}

type ExpressionProblem = {
  readonly problem: string;
  readonly hint?: string;
  /** Index in the text, its length at most. */
  readonly at: number;
};

type Value = {
  readonly value: bigint;
  /** True where a result did not fit in 64 bits and went round. */
  readonly isOverflow: boolean;
  /** Index of a single `=` that was read as `==`; -1 where there is none. */
  readonly swallows: number;
};

class Failure {
  readonly found: ExpressionProblem;

  constructor(problem: string, at: number, hint?: string) {
    this.found = { problem, at, ...(hint === undefined ? {} : { hint }) };
  }
}

const RANKS: Readonly<Record<string, number>> = {
  '||': 1,
  '&&': 2,
  '==': 3,
  '!=': 3,
  '<=': 3,
  '>=': 3,
  '<': 3,
  '>': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
};

type Operator = { readonly text: string; readonly rank: number; readonly at: number };

/** Stands before the first operand. */
const FIRST: Operator = { text: '', rank: 0, at: 0 };

type Reader = {
  readonly text: string;
  readonly pmars: PmarsVersion;
  readonly registers: Registers;
  at: number;
  depth: number;
  /** An operator that was read, and is for the chain around. */
  pending: Operator | null;
  isOverflow: boolean;
  swallows: number;
  /** Index of an `==` that was lost. */
  lost: number;
};

/** Evaluates text of digits, letters, operators and parentheses; division and remainder round toward zero. */
export function evaluateExpression(
  text: string,
  registers: Registers,
  pmars: PmarsVersion = DEFAULT_PMARS_VERSION,
): Value | ExpressionProblem {
  if (/^\d{1,15} ?$/.test(text)) {
    return { value: BigInt(text.trimEnd()), isOverflow: false, swallows: -1 };
  }
  const reader: Reader = {
    text,
    pmars,
    registers,
    at: 0,
    depth: 0,
    pending: null,
    isOverflow: false,
    swallows: -1,
    lost: -1,
  };
  try {
    const value = readAll(reader);
    if (reader.at < text.length) throw explainRest(reader);
    return { value, isOverflow: reader.isOverflow, swallows: reader.swallows };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { ...error.found, at: Math.min(error.found.at, text.length) };
  }
}

function explainRest({ text, at, lost }: Reader): Failure {
  if (lost >= 0) {
    return new Failure(
      "pMARS loses '==' after an operand that ends in a tighter operator",
      lost,
      'put parentheses around the operand before it',
    );
  }
  return new Failure("')' without a '('", Math.min(at, text.length - 1));
}

function readAll(reader: Reader): bigint {
  return readChain(reader, -1, 0n, FIRST);
}

/**
 * Applies operators from the left. One that binds tighter than the one before starts a chain of its own, which ends at an
 * operator that binds no tighter than `floor`.
 */
function readChain(reader: Reader, lowest: number, first: bigint, opener: Operator): bigint {
  const isOld = reader.pmars === '0.9.2';
  let floor = lowest;
  let left = first;
  let operator = opener;
  let isClosing = false;
  for (;;) {
    if (!isOld) reader.pending = null;
    const right = readUnary(reader);
    skipSpace(reader);
    if (reader.at >= reader.text.length || reader.text[reader.at] === ')') {
      left = compute(reader, operator, left, right);
      break;
    }
    const next = readOperator(reader);
    if (isOld) reader.pending = null;
    if (operator.rank >= next.rank) {
      left = compute(reader, operator, left, right);
      if (isOld ? next.rank < floor && operator.rank > floor : next.rank <= floor) {
        reader.pending = next;
        break;
      }
      if (isOld) floor = operator.rank;
      operator = next;
      continue;
    }
    enter(reader);
    const inner = readChain(reader, operator.rank, right, next);
    reader.depth--;
    left = compute(reader, operator, left, inner);
    const { pending } = reader;
    if (pending === null) break;
    if (pending.text === '==') {
      reader.pending = null;
      reader.lost = pending.at;
      break;
    }
    if (pending.rank < floor) break;
    operator = pending;
    if (isOld) {
      floor = next.rank;
      isClosing = true;
    }
  }
  if (isClosing) reader.pending = null;
  return left;
}

function skipSpace(reader: Reader): void {
  while (reader.text[reader.at] === ' ') reader.at++;
}

function readOperator(reader: Reader): Operator {
  const { text, at } = reader;
  const two = text.slice(at, at + 2);
  const one = text[at]!;
  const isTwo = two.length === 2 && RANKS[two] !== undefined;
  let operator = isTwo ? two : one;
  if (!isTwo && one === '=') {
    reader.swallows = at;
    operator = '==';
  }
  const rank = RANKS[operator];
  if (rank === undefined) {
    throw new Failure(`'${one}' where an operator should be`, at, "an operator or ',' is missing");
  }
  reader.at += operator.length;
  return { text: operator, rank, at };
}

function readUnary(reader: Reader): bigint {
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
    if (signs[i] === '-') value = BigInt.asIntN(64, -value);
    else if (signs[i] === '!') value = value === 0n ? 1n : 0n;
  }
  return value;
}

function readPrimary(reader: Reader): bigint {
  const { text, at } = reader;
  const character = text[at];
  if (character === undefined) {
    throw new Failure(at === 0 ? 'a value is missing' : 'the expression ends too early', at);
  }
  if (character === '(') {
    enter(reader);
    reader.at++;
    const value = readAll(reader);
    if (text[reader.at] !== ')') {
      throw reader.lost >= 0 ? explainRest(reader) : new Failure("'(' without a ')'", at);
    }
    reader.at++;
    reader.depth--;
    return value;
  }
  if (isDigit(character)) return readDigits(reader);
  if (/[A-Za-z]/.test(character)) return readRegister(reader);
  throw new Failure(
    `'${character}' where a value should be`,
    at,
    character === '=' ? "'==' compares" : undefined,
  );
}

const MAX_DIGITS = 20;
const LARGEST = 2n ** 63n - 1n;

/** As the C library reads a number: what is too large is the largest there is. */
function readDigits(reader: Reader): bigint {
  const { text, at } = reader;
  while (isDigit(text[reader.at])) reader.at++;
  const digits = text.slice(at, reader.at);
  if (digits.length > MAX_DIGITS) {
    throw new Failure(`a number of more than ${MAX_DIGITS} digits`, at);
  }
  const value = BigInt(digits);
  return value > LARGEST ? LARGEST : value;
}

function readRegister(reader: Reader): bigint {
  const { text, registers } = reader;
  const register = text.charCodeAt(reader.at) & 31;
  reader.at++;
  skipSpace(reader);
  if (text[reader.at] !== '=' || text[reader.at + 1] === '=') return registers[register - 1]!;
  enter(reader);
  reader.at++;
  const value = readAll(reader);
  registers[register - 1] = value;
  reader.depth--;
  return value;
}

function enter(reader: Reader): void {
  reader.depth++;
  if (reader.depth > MAX_EXPRESSION_DEPTH) {
    throw new Failure(
      `more than ${MAX_EXPRESSION_DEPTH} parentheses, operators or assignments within one another`,
      reader.at,
    );
  }
}

function compute(reader: Reader, operator: Operator, left: bigint, right: bigint): bigint {
  switch (operator.text) {
    case '':
      return right;
    case '||':
      return BigInt(left !== 0n || right !== 0n);
    case '&&':
      return BigInt(left !== 0n && right !== 0n);
    case '==':
      return BigInt(left === right);
    case '!=':
      return BigInt(left !== right);
    case '<=':
      return BigInt(left <= right);
    case '>=':
      return BigInt(left >= right);
    case '<':
      return BigInt(left < right);
    case '>':
      return BigInt(left > right);
    case '+':
      return fit(reader, left + right);
    case '-':
      return fit(reader, left - right);
    case '*':
      return fit(reader, left * right);
  }
  if (right === 0n) throw new Failure('division by zero', operator.at);
  return fit(reader, operator.text === '/' ? left / right : left % right);
}

function fit(reader: Reader, value: bigint): bigint {
  const fitted = BigInt.asIntN(64, value);
  if (fitted !== value) reader.isOverflow = true;
  return fitted;
}

function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= '0' && character <= '9';
}
