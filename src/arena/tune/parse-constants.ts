// Marked constants of a warrior: `;tune NAME LOW..HIGH by STRIDE` names an EQU whose number may change. To any assembler it
// is a comment.

import { UserError } from '../../core/index.ts';
import { MAX_SOURCE } from '../../corewar/index.ts';

/** The values that a constant may have. */
export type ValueSet =
  | {
      readonly kind: 'range';
      readonly low: number;
      /** The largest value, one that the stride reaches. */
      readonly high: number;
      readonly stride: number;
    }
  | { readonly kind: 'list'; readonly values: readonly number[] };

export type TunedConstant = {
  readonly name: string;
  readonly values: ValueSet;
  /** What the source says; not always one of the values. */
  readonly original: number;
  /** Where its number stands in the source, in bytes. */
  readonly at: number;
  readonly length: number;
};

/** Larger and smaller numbers are errors. */
const MAX_NUMBER = 2 ** 31 - 1;
const MAX_CONSTANTS = 32;
const MAX_LIST = 1000;
const MARK = /^;tune(?![\w-])/i;
const NAME = /^[A-Za-z_]\w{0,99}$/;
const EQUATE = /^[ \t]*([A-Za-z_]\w*)(?::[ \t]*|[ \t]+)equ(?![\w&])[ \t]*/i;
const SYNTAX = ';tune NAME LOW..HIGH, ;tune NAME LOW..HIGH by STRIDE, or ;tune NAME A, B, C';

/**
 * The marked constants of a source, in the order of their marks. Bytes that are not ASCII are left alone, whatever their
 * encoding.
 *
 * @param file for errors
 * @throws UserError, with the line, where a mark cannot be read, its constant is missing, is defined twice or is no
 *   number, or where nothing is marked
 */
export function parseConstants(source: Uint8Array, file: string): TunedConstant[] {
  if (source.length > MAX_SOURCE) {
    throw new UserError(`${file} has more than ${MAX_SOURCE.toLocaleString('en-US')} bytes`);
  }
  const lines = readLines(toText(source));
  const equates = findEquates(lines);
  const constants: TunedConstant[] = [];
  for (const { number, comment } of lines) {
    if (!MARK.test(comment)) continue;
    const where = `${file}:${number}`;
    const { name, values } = parseMark(comment.replace(MARK, ''), where);
    if (constants.some((constant) => constant.name === name)) {
      throw new UserError(`${where}: ${name} is marked twice`);
    }
    if (constants.length === MAX_CONSTANTS) {
      throw new UserError(`${where}: more than ${MAX_CONSTANTS} constants are marked`);
    }
    constants.push({ name, values, ...readEquate(equates.get(name) ?? [], name, where) });
  }
  if (constants.length > 0) return constants;
  throw new UserError(`${file} has no constant to tune`, {
    hint: 'mark an EQU with a comment: ;tune step 1..7999 by 2 tunes "step equ 3039"',
  });
}

/** How many values there are. */
export function countValues(set: ValueSet): number {
  return set.kind === 'list' ? set.values.length : (set.high - set.low) / set.stride + 1;
}

/** The value at an index from 0, in ascending order for a range. */
export function valueAt(set: ValueSet, index: number): number {
  return set.kind === 'list' ? set.values[index]! : set.low + index * set.stride;
}

/** The index of the value, or of a range's nearest value where it is not among them. */
export function indexOfValue(set: ValueSet, value: number): number {
  if (set.kind === 'list') return Math.max(0, set.values.indexOf(value));
  const index = Math.round((value - set.low) / set.stride);
  return Math.max(0, Math.min(countValues(set) - 1, index));
}

/** `1..7999 by 2`, as in a mark. */
export function formatValueSet(set: ValueSet): string {
  if (set.kind === 'list') return set.values.join(', ');
  return `${set.low}..${set.high}${set.stride === 1 ? '' : ` by ${set.stride}`}`;
}

/** The source with the numbers of the constants replaced; every other byte is as it was. */
export function replaceConstants(
  source: Uint8Array,
  constants: readonly TunedConstant[],
  values: readonly number[],
): Uint8Array {
  const order = constants
    .map(({ at, length, original }, i) => ({ at, length, original, value: values[i]! }))
    .sort((a, b) => a.at - b.at);
  const pieces: Uint8Array[] = [];
  let from = 0;
  for (const { at, length, original, value } of order) {
    // A number that stays keeps its spelling, such as +5 or 007.
    if (value === original) continue;
    pieces.push(source.subarray(from, at), new TextEncoder().encode(String(value)));
    from = at + length;
  }
  return Buffer.concat([...pieces, source.subarray(from)]);
}

type Line = {
  readonly number: number;
  /** Where the line begins, in bytes. */
  readonly at: number;
  readonly code: string;
  /** With its semicolon; empty if there is none. */
  readonly comment: string;
};

/** One character a byte, so that places in the text are places in the source. */
function toText(source: Uint8Array): string {
  return Buffer.from(source.buffer, source.byteOffset, source.length).toString('latin1');
}

function readLines(text: string): Line[] {
  const lines: Line[] = [];
  let at = 0;
  for (const piece of text.split(/(\r\n|\n|\r)/)) {
    if (!/^[\r\n]/.test(piece)) {
      const semicolon = piece.indexOf(';');
      const end = semicolon < 0 ? piece.length : semicolon;
      const [code, comment] = [piece.slice(0, end), piece.slice(end)];
      lines.push({ number: lines.length + 1, at, code, comment });
    }
    at += piece.length;
  }
  return lines;
}

type Equate = { readonly number: number; readonly at: number; readonly text: string };

function findEquates(lines: readonly Line[]): Map<string, Equate[]> {
  const equates = new Map<string, Equate[]>();
  for (const { number, at, code } of lines) {
    const match = EQUATE.exec(code);
    if (!match) continue;
    const name = match[1]!;
    const text = code.slice(match[0].length).trimEnd();
    const found = equates.get(name) ?? [];
    found.push({ number, at: at + match[0].length, text });
    equates.set(name, found);
  }
  return equates;
}

function readEquate(found: readonly Equate[], name: string, where: string) {
  const [equate, second] = found;
  if (!equate) {
    throw new UserError(`${where}: there is no EQU that defines ${name}`, {
      hint: `names are case-sensitive; a line such as "${name} equ 100" defines it`,
    });
  }
  if (second) {
    throw new UserError(
      `${where}: ${name} is defined in lines ${equate.number} and ${second.number}`,
    );
  }
  const { text, at, number } = equate;
  const original = parseNumber(text);
  if (original === null) {
    throw new UserError(`${where}: ${name} is ${quote(text)} in line ${number}, not a number`, {
      hint: `write a whole number, and use it in an EQU of another name`,
    });
  }
  return { original, at, length: text.length };
}

function parseMark(text: string, where: string): { name: string; values: ValueSet } {
  // A second semicolon begins a remark.
  const [name = '', ...rest] = text.split(';', 1)[0]!.trim().split(/\s+/);
  if (!NAME.test(name) || rest.length === 0) throw unreadable(text, where);
  return { name, values: parseValues(rest.join(' '), name, where) };
}

function parseValues(text: string, name: string, where: string): ValueSet {
  const range = /^([+-]?\d+) ?\.\. ?([+-]?\d+)(?: by (\d+))?$/i.exec(text);
  const values = range ? parseRange(range, where) : parseList(text, where);
  if (countValues(values) > 1) return values;
  throw new UserError(`${where}: ${name} has only one value, so there is nothing to choose`);
}

function parseRange(match: readonly (string | undefined)[], where: string): ValueSet {
  const [low, high, stride] = match.slice(1).map((text) => readNumber(text ?? '1', where)) as [
    number,
    number,
    number,
  ];
  if (stride < 1) throw new UserError(`${where}: the stride is 0`);
  if (low > high) {
    throw new UserError(`${where}: the range ${low}..${high} is empty`, {
      hint: 'the smaller number comes first',
    });
  }
  return { kind: 'range', low, high: low + Math.floor((high - low) / stride) * stride, stride };
}

function parseList(text: string, where: string): ValueSet {
  const pieces = text.split(',');
  if (pieces.length > MAX_LIST) {
    throw new UserError(`${where}: more than ${MAX_LIST} values are listed`, {
      hint: 'a range such as 1..7999 by 2 may have more',
    });
  }
  const values = pieces.map((piece) => {
    if (!/^[+-]?\d+$/.test(piece.trim())) throw unreadable(text, where);
    return readNumber(piece.trim(), where);
  });
  const twice = values.find((value, i) => values.indexOf(value) !== i);
  if (twice !== undefined) throw new UserError(`${where}: ${twice} is listed twice`);
  return { kind: 'list', values };
}

function readNumber(text: string, where: string): number {
  const number = parseNumber(text);
  if (number !== null) return number;
  throw new UserError(`${where}: ${quote(text)} is out of range`, {
    hint: `numbers lie between -${MAX_NUMBER} and ${MAX_NUMBER}`,
  });
}

function parseNumber(text: string): number | null {
  if (!/^[+-]?\d{1,20}$/.test(text)) return null;
  const number = Number(text);
  return Math.abs(number) <= MAX_NUMBER ? number + 0 : null;
}

function unreadable(text: string, where: string): UserError {
  return new UserError(`${where}: ${quote(`;tune${text}`)} cannot be read`, { hint: SYNTAX });
}

function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
