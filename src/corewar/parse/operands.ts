// Pass 6: what stands after a keyword: modifier, modes and expressions, with what the assembler fills in, under the rules of '94 or
// '88. Names that pass 3 left are looked up here.

import { type Instruction, MODIFIERS, type Mode, type Modifier } from '../instruction.ts';
import { defaultModifier, OPCODE_TABLE } from '../redcode-tables.ts';
import type { Place } from './diagnostics.ts';
import type { Statement } from './expand.ts';
import { explainCharacter, printable } from './hints.ts';
import { type NumberContext, readNumber } from './numbers.ts';
import { findSideBySide, joinPieces, locateIn, type Piece } from './pieces.ts';
import { countWork, lookUp, refuseNesting, type Symbols, spend } from './symbols.ts';
import { readTokens, type Token } from './tokens.ts';

export type OperandContext = NumberContext & {
  readonly symbols: Symbols;
  readonly coreSize: number;
  readonly rules: '94' | '88';
  /** Says once of each name that nobody defined it. */
  readonly reportUnknown: (name: string, place: Place) => void;
};

const MODIFIER_SET: ReadonlySet<string> = new Set(MODIFIERS);
const MODES_88 = '#$@<';
/** Modes that expressions have as operators. */
const OPERATOR_MODES = '<>*';

type Part = 'start' | 'modifier' | 'a-start' | 'a' | 'b-start' | 'b';

type Operand = { mode: Mode | null; place: Place | null; readonly pieces: Piece[] };

type Parsed = { modifier: Modifier | null; readonly a: Operand; readonly b: Operand };

/** The instruction of a statement, its `index`-th, or null after an error. */
export function readInstruction(
  statement: Statement,
  index: number,
  context: OperandContext,
): Instruction | null {
  const { report, rules } = context;
  const { place } = statement;
  const opcode = statement.keyword as Instruction['opcode'];
  const entry = OPCODE_TABLE[opcode];
  if (rules === '88' && entry.modes88 === null) {
    const hint = "assemble it under the rules of '94";
    report.error('rules-88', place, `${opcode} is not an opcode of ICWS'88`, hint);
    return null;
  }
  const parsed = parseOperands(statement, 'start', index, context);
  if (parsed === null) return null;
  let { a, b } = parsed;
  if (b.pieces.length === 0) {
    if (entry.loneOperand === null) {
      reportLone(statement, context);
      return null;
    }
    const zero = { text: '0', place, isValue: true };
    if (entry.loneOperand === 'b') [a, b] = [{ mode: '#', place, pieces: [zero] }, a];
    else b = { mode: '$', place, pieces: [zero] };
  }
  if (rules === '88' && !checkModes88(opcode, a, b, statement, context)) return null;
  const [aValue, bValue] = [readValue(a, place, context), readValue(b, place, context)];
  if (aValue === null || bValue === null) return null;
  adviseSideBySide(statement, context);
  const [aMode, bMode] = [a.mode ?? '$', b.mode ?? '$'];
  const modifier = parsed.modifier ?? defaultModifier(opcode, aMode, bMode);
  return { opcode, modifier, aMode, a: aValue, bMode, b: bValue };
}

/** The address or number after ORG, END or PIN, 0 where there is none; null after an error. */
export function readPlainValue(statement: Statement, context: OperandContext): bigint | null {
  const parsed = parseOperands(statement, 'b', 0, context);
  if (parsed === null) return null;
  const { pieces } = parsed.b;
  return pieces.length === 0 ? 0n : readNumber(pieces, statement.place, context);
}

/** `value` modulo the size of the core, from 0. */
export function reduce(value: bigint, coreSize: number): number {
  return Number(((value % BigInt(coreSize)) + BigInt(coreSize)) % BigInt(coreSize));
}

function readValue({ pieces }: Operand, place: Place, context: OperandContext): number | null {
  if (pieces.length === 0) return 0;
  const value = readNumber(pieces, place, context);
  return value === null ? null : reduce(value, context.coreSize);
}

/** Sorts what follows a keyword into modifier, modes and expressions; null after an error. */
function parseOperands(
  { keyword, place, pieces }: Statement,
  start: Part,
  index: number,
  context: OperandContext,
): Parsed | null {
  const { report, rules, symbols } = context;
  const parsed: Parsed = {
    modifier: null,
    a: { mode: null, place: null, pieces: [] },
    b: { mode: null, place: null, pieces: [] },
  };
  let part = start;
  let hasContent = start === 'b';
  let depth = 0;
  let lastPlace = place;
  if (!feed(readTokens(joinPieces(pieces), locateIn(pieces)), null)) return null;
  if (hasContent) return parsed;
  const messages: Record<Part, string> = {
    start: `${keyword} has no operand`,
    modifier: 'a modifier is missing',
    'a-start': `${keyword} has no operand`,
    a: "a value is missing after the operand's mode",
    'b-start': 'the second operand is missing',
    b: "a value is missing after the operand's mode",
  };
  report.error('operand', lastPlace, messages[part]);
  return null;

  function feed(tokens: readonly Token[], use: Place | null): boolean {
    return tokens.every((token) => feedToken({ ...token, place: use ?? token.place }));
  }

  function feedToken(token: Token): boolean {
    if (token.kind === 'name' && part !== 'modifier') {
      const isFound = feedName(token);
      if (isFound !== null) return isFound;
    }
    lastPlace = token.place;
    if (part === 'start' || part === 'a-start' || part === 'b-start') return feedFirst(token);
    if (part === 'modifier') return feedModifier(token);
    if (part === 'a' && token.kind === 'comma') {
      part = 'b-start';
      hasContent = false;
      return true;
    }
    return feedExpression(token);
  }

  /** Null if the name is a register. */
  function feedName({ text, place }: Token): boolean | null {
    const entry = lookUp(symbols, text);
    if (entry === undefined) {
      if (text.length === 1) return null;
      context.reportUnknown(text, place);
      return false;
    }
    if (entry.kind !== 'text') {
      const address = entry.kind === 'label' ? entry.address : entry.value;
      return feed(
        readTokens(String(address - index), () => place),
        place,
      );
    }
    if (refuseNesting(entry, text, depth, place, report)) return false;
    const tokens = entry.lines[0]!.tokens!;
    if (!spend(symbols.budget, countWork(tokens), place, report)) return false;
    entry.isOpen = true;
    depth++;
    const isRead = feed(tokens, place);
    depth--;
    entry.isOpen = false;
    return isRead;
  }

  function feedFirst(token: Token): boolean {
    const { kind, text, place } = token;
    const operand = part === 'b-start' ? parsed.b : parsed.a;
    if (kind === 'point' && part === 'start') {
      part = 'modifier';
      if (rules !== '88') return true;
      const hint = "leave out '.' and what follows it";
      report.error('rules-88', place, "ICWS'88 has no modifiers", hint);
      return false;
    }
    if (kind === 'comma' || kind === 'point' || kind === 'other') {
      const isMissing = kind === 'comma' && part !== 'b-start';
      report.error(
        'operand',
        place,
        isMissing ? 'the first operand is missing' : describeStray(text),
        explainCharacter(text),
      );
      return false;
    }
    operand.place = place;
    part = part === 'b-start' ? 'b' : 'a';
    if (kind !== 'mode') return feedExpression(token);
    operand.mode = text as Mode;
    return true;
  }

  function feedModifier({ kind, text, place }: Token): boolean {
    const modifier = text.toUpperCase();
    if (kind === 'name' && MODIFIER_SET.has(modifier)) {
      parsed.modifier = modifier as Modifier;
      part = 'a-start';
      return true;
    }
    report.error(
      'operand',
      place,
      `'${printable(text)}' is not a modifier`,
      `modifiers are ${MODIFIERS.map((each) => `.${each}`).join(' ')}`,
    );
    return false;
  }

  function feedExpression({ kind, text, place }: Token): boolean {
    const isMode = kind === 'mode' && !OPERATOR_MODES.includes(text);
    if (isMode || kind === 'comma' || kind === 'point' || kind === 'other') {
      const isSecond = part === 'a' && hasContent && isMode;
      report.error(
        'operand',
        place,
        describeStray(text),
        isSecond ? 'a comma may be missing before it' : explainCharacter(text),
      );
      return false;
    }
    const isNumber = kind === 'number';
    const isValue = isNumber || kind === 'name';
    const { pieces } = part === 'a' ? parsed.a : parsed.b;
    pieces.push({ text: isNumber ? `${text} ` : text, place, isValue });
    hasContent = true;
    return true;
  }
}

function describeStray(text: string): string {
  if (text === ',') return 'a second comma: an instruction has two operands';
  return `'${printable(text)}' is out of place`;
}

/** An operand too few: most often, a comma was left out. */
function reportLone({ keyword, place, pieces }: Statement, { report }: OperandContext): void {
  const pair = findSideBySide(pieces);
  if (pair === null) {
    const hint = `as in: ${keyword} 0, 1`;
    report.error('operand', place, `${keyword} needs two operands`, hint);
    return;
  }
  const { text } = pair[1].place;
  report.error(
    'operand',
    pair[1].place,
    `a comma is missing before '${text}'`,
    `${keyword} has two operands`,
  );
}

/** `2 3` reads as 23 and `2 foo` as 2-1, which nobody means. */
function adviseSideBySide({ pieces }: Statement, { report }: OperandContext): void {
  const pair = findSideBySide(pieces);
  if (pair === null) return;
  const [before, after] = pair;
  const text = `${before.text.trimEnd()}${before.text.endsWith(' ') ? ' ' : ''}${after.text}`;
  report.warn(
    'advice',
    after.place,
    `'${before.place.text}' and '${after.place.text}' are read as '${text.trimEnd()}'`,
    'is an operator or a comma missing?',
  );
}

function checkModes88(
  opcode: Instruction['opcode'],
  a: Operand,
  b: Operand,
  { place }: Statement,
  { report }: OperandContext,
): boolean {
  const allowed = OPCODE_TABLE[opcode].modes88;
  if (allowed === null) return false;
  let isValid = true;
  for (const [name, operand, modes] of [
    ['A', a, allowed.a],
    ['B', b, allowed.b],
  ] as const) {
    const mode = operand.mode ?? '$';
    if (modes.includes(mode)) continue;
    isValid = false;
    report.error(
      'rules-88',
      operand.place ?? place,
      MODES_88.includes(mode)
        ? `ICWS'88 does not allow '${mode}' for the ${name}-operand of ${opcode}`
        : `'${mode}' is not a mode of ICWS'88`,
      `allowed there: ${[...modes].join(' ')}`,
    );
  }
  return isValid;
}
