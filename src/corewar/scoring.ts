// pMARS's score formulas: integer expressions in W (warriors) and S (survivors), and the points of a battle.

import { UserError } from '../core/index.ts';

/** Points of a survivor among `survivors` of `warriors`. */
export type ScoreFormula = (warriors: number, survivors: number) => number;

export const DEFAULT_FORMULA = '(W*W-1)/S';

/** Longer or deeper formulas are refused, so that no formula costs more than a moment. */
const MAX_LENGTH = 1000;
const MAX_DEPTH = 100;

/**
 * Reads a formula: whole numbers, W, S, other letters that `=` gives a value, and C's operators
 * `|| && == != < > <= >= + - * / % ! -` and parentheses. Division drops the fraction.
 *
 * @throws UserError with the column of what cannot be read; the formula throws where it divides by zero
 */
export function parseScoreFormula(text: string): ScoreFormula {
  if (text.length > MAX_LENGTH) {
    throw new UserError(
      `the score formula has ${text.length} characters; ${MAX_LENGTH} are allowed`,
    );
  }
  const tokens = readTokens(text);
  const evaluate = parseExpression(tokens, text);
  return (warriors, survivors) => {
    const value = evaluate(
      new Map([
        ['W', warriors],
        ['S', survivors],
      ]),
    );
    if (!Number.isSafeInteger(value)) {
      throw new UserError(`the score formula "${text}" gives a number that is too large`);
    }
    // No negative zero in tables.
    return value + 0;
  };
}

/**
 * Points by warrior: the sum over rounds of the formula, for those that survived. As in pMARS, a warrior that plays alone
 * has the points of every round, lost ones too.
 */
export function scoreBattle(
  outcomes: readonly (readonly number[])[],
  formula: ScoreFormula,
): number[] {
  const points = outcomes.map((_, i) => (i === 0 ? 0 : formula(outcomes.length, i)));
  points.push(formula(outcomes.length, outcomes.length));
  if (outcomes.length === 1) points[0] = points[1]!;
  return outcomes.map((rounds) =>
    rounds.reduce((sum, times, survivors) => sum + times * points[survivors]!, 0),
  );
}

type Token = { readonly text: string; readonly column: number };
type Values = Map<string, number>;
type Evaluate = (values: Values) => number;

function readTokens(text: string): Token[] {
  const tokens: Token[] = [];
  const pattern = /\s*(\d+|[A-Za-z]|\|\||&&|[=!<>]=|[-+*/%<>!=()])/y;
  while (text.slice(pattern.lastIndex).trim() !== '') {
    const from = pattern.lastIndex;
    const match = pattern.exec(text);
    if (!match) {
      const column = from + /^\s*/.exec(text.slice(from))![0].length;
      throw formulaError(text, column, `"${text[column]}" is not known`);
    }
    tokens.push({ text: match[1]!, column: pattern.lastIndex - match[1]!.length });
  }
  return tokens;
}

/** Binary operators, the loosest first. */
const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['==', '!='],
  ['<', '>', '<=', '>='],
  ['+', '-'],
  ['*', '/', '%'],
];

function parseExpression(tokens: readonly Token[], text: string): Evaluate {
  let next = 0;
  let depth = 0;
  const peek = () => tokens[next]?.text;
  const fail = (problem: string): never => {
    throw formulaError(text, tokens[next]?.column ?? text.length, problem);
  };
  const nested = <T>(body: () => T): T => {
    if (++depth > MAX_DEPTH) fail(`more than ${MAX_DEPTH} levels are nested`);
    const value = body();
    depth--;
    return value;
  };
  const assignment = (): Evaluate => {
    const name = tokens[next];
    if (name && /^[A-Za-z]$/.test(name.text) && tokens[next + 1]?.text === '=') {
      const letter = name.text.toUpperCase();
      if (letter === 'W' || letter === 'S') fail(`${letter} cannot be given a value`);
      next += 2;
      const value = nested(assignment);
      return (values) => {
        const result = value(values);
        values.set(letter, result);
        return result;
      };
    }
    return binary(0);
  };
  const binary = (level: number): Evaluate => {
    const operators = LEVELS[level];
    if (!operators) return unary();
    let left = binary(level + 1);
    while (operators.includes(peek() ?? '')) {
      const operator = tokens[next++]!;
      left = combine(operator, left, binary(level + 1), text);
    }
    return left;
  };
  const unary = (): Evaluate => {
    const operator = peek();
    if (operator !== '-' && operator !== '+' && operator !== '!') return primary();
    next++;
    const value = nested(unary);
    if (operator === '!') return (values) => Number(value(values) === 0);
    return operator === '-' ? (values) => -value(values) : value;
  };
  const primary = (): Evaluate => {
    const token = tokens[next];
    if (!token) return fail('a number, W or S is missing at the end');
    if (token.text === '(') {
      next++;
      const value = nested(assignment);
      if (peek() !== ')') fail('a ")" is missing');
      next++;
      return value;
    }
    if (/^\d/.test(token.text)) {
      const number = Number(token.text);
      if (number > 0x7fff_ffff) fail(`${token.text} is larger than ${0x7fff_ffff}`);
      next++;
      return () => number;
    }
    if (/^[A-Za-z]/.test(token.text)) {
      next++;
      return (values) => values.get(token.text.toUpperCase()) ?? 0;
    }
    return fail(`a number, W or S must stand where "${token.text}" does`);
  };
  const value = assignment();
  if (next < tokens.length) fail(`"${peek()}" is not expected`);
  return value;
}

function combine(
  { text: operator, column }: Token,
  a: Evaluate,
  b: Evaluate,
  text: string,
): Evaluate {
  const nonZero = (value: number) => {
    if (value === 0) throw formulaError(text, column, 'a division by zero');
    return value;
  };
  switch (operator) {
    case '||':
      return (values) => Number(a(values) !== 0 || b(values) !== 0);
    case '&&':
      return (values) => Number(a(values) !== 0 && b(values) !== 0);
    case '==':
      return (values) => Number(a(values) === b(values));
    case '!=':
      return (values) => Number(a(values) !== b(values));
    case '<':
      return (values) => Number(a(values) < b(values));
    case '>':
      return (values) => Number(a(values) > b(values));
    case '<=':
      return (values) => Number(a(values) <= b(values));
    case '>=':
      return (values) => Number(a(values) >= b(values));
    case '+':
      return (values) => a(values) + b(values);
    case '-':
      return (values) => a(values) - b(values);
    case '*':
      return (values) => a(values) * b(values);
    case '/':
      return (values) => Math.trunc(a(values) / nonZero(b(values)));
    default:
      return (values) => a(values) % nonZero(b(values));
  }
}

function formulaError(text: string, column: number, problem: string): UserError {
  return new UserError(`score formula "${text}", column ${column + 1}: ${problem}`, {
    hint: `the default is ${DEFAULT_FORMULA}`,
  });
}
