// Tokens to one number: labels and variables in, then the expression; what is wrong is said at its place.

import { nearestName } from '../../core/index.ts';
import type { Place, Report } from './diagnostics.ts';
import { evaluateExpression, type Registers } from './expressions.ts';
import type { Symbols } from './symbols.ts';
import type { Token } from './tokens.ts';

export type NumberContext = {
  readonly symbols: Symbols;
  readonly registers: Registers;
  readonly report: Report;
  /** The instruction that CURLINE gives. */
  readonly line: number;
  /** What labels are counted from: the instruction for operands, 0 for ORG, END and PIN. */
  readonly origin: number;
};

const OPERATORS = new Set('+-*/%()=!<>&|');

/** The value of an expression, or null after an error. `fallback` is the place of an error that has no token. */
export function readNumber(
  tokens: readonly Token[],
  fallback: Place,
  context: NumberContext,
): number | null {
  const { report } = context;
  const starts: number[] = [];
  let text = '';
  for (const [index, token] of tokens.entries()) {
    const piece = readPiece(token, context);
    if (piece === null) return null;
    if (token.kind === 'number' && !token.isGlued) warnOfJoin(tokens, index, report);
    starts.push(text.length);
    text += piece;
  }
  const result = evaluateExpression(text, context.registers);
  if ('value' in result) return result.value;
  let index = starts.findLastIndex((start) => start <= result.at);
  while (index > 0 && tokens[index]!.text === '') index--;
  const token = tokens[Math.max(index, 0)];
  report.error(token?.place ?? fallback, result.problem, result.hint);
  return null;
}

function readPiece(token: Token, context: NumberContext): string | null {
  const { kind, text, isEnd } = token;
  const end = isEnd ? ' ' : '';
  if (kind === 'number') return text + end;
  if (kind === 'symbol') {
    if (OPERATORS.has(text)) return text + end;
    context.report.error(token.place, `'${printable(text)}' does not belong in an expression`);
    return null;
  }
  if (kind === 'newline') {
    context.report.error(
      token.place,
      'an EQU of several lines stands within an instruction',
      'such an EQU stands alone, where an instruction would',
    );
    return null;
  }
  const value = readName(text, context);
  if (value !== undefined) return `${value} `;
  if (/^[A-Za-z]$/.test(text)) return text + end;
  reportUnknown(token, context);
  return null;
}

function readName(name: string, { symbols, line, origin }: NumberContext): number | undefined {
  if (name === 'CURLINE') return line;
  const variable = symbols.variables.get(name);
  if (variable !== undefined) return variable;
  const address = symbols.labels.get(name);
  return address === undefined ? undefined : address - origin;
}

const MAX_CANDIDATES = 200;

function reportUnknown(token: Token, { symbols, report }: NumberContext): void {
  const { text } = token;
  let near: string | undefined;
  if (report.hasRoom && text.length <= 32) {
    const names = [...symbols.variables.keys(), ...firstKeys(symbols.labels)].filter(
      (name) => name.length <= 32,
    );
    near = names.find((name) => name.toLowerCase() === text.toLowerCase());
    near ??= nearestName(text, names);
  }
  report.error(
    token.place,
    `'${text}' is not defined`,
    near === undefined ? undefined : `did you mean '${near}'?`,
  );
}

function firstKeys(map: ReadonlyMap<string, unknown>): string[] {
  const keys: string[] = [];
  for (const key of map.keys()) {
    if (keys.length >= MAX_CANDIDATES) break;
    keys.push(key);
  }
  return keys;
}

/** `2 3` reads as 23, which nobody means. */
function warnOfJoin(tokens: readonly Token[], index: number, report: Report): void {
  const before = tokens[index - 1];
  if (before?.kind !== 'number' || before.isEnd) return;
  report.warn(
    tokens[index]!.place,
    `'${before.text} ${tokens[index]!.text}' reads as one number`,
    'is an operator or a comma missing?',
  );
}

/** A character that shows, or its code. */
export function printable(text: string): string {
  const code = text.codePointAt(0) ?? 0;
  const isControl = code < 32 || (code >= 127 && code < 160);
  return isControl ? `\\x${code.toString(16).padStart(2, '0')}` : text;
}
