// What stands in a line of Redcode, for its colors. The assembler says what is wrong with it.

import { MODIFIERS, OPCODES } from '../../../src/corewar/index.ts';

export type RedcodeKind =
  | 'opcode'
  | 'modifier'
  | 'directive'
  | 'label'
  | 'name'
  | 'constant'
  | 'number'
  | 'mode'
  | 'operator'
  | 'punctuation'
  | 'comment'
  /** A comment that the assembler reads, such as `;name`. */
  | 'title'
  | 'unknown';

/** From and to are offsets in the line. */
export type RedcodePiece = {
  readonly from: number;
  readonly to: number;
  readonly kind: RedcodeKind;
};

const OPCODE_NAMES: ReadonlySet<string> = new Set(OPCODES);
const MODIFIER_NAMES: ReadonlySet<string> = new Set(MODIFIERS);
const DIRECTIVES: ReadonlySet<string> = new Set(['EQU', 'FOR', 'ROF', 'ORG', 'END', 'PIN']);
/** Names that the assembler defines. */
const CONSTANTS: ReadonlySet<string> = new Set([
  'CORESIZE',
  'MAXPROCESSES',
  'MAXCYCLES',
  'MAXLENGTH',
  'MINDISTANCE',
  'ROUNDS',
  'PSPACESIZE',
  'CURLINE',
  'VERSION',
  'WARRIORS',
  'READLIMIT',
  'WRITELIMIT',
]);
const TITLE =
  /^\s*;\s*(redcode|name|author|strategy|assert|debug|trace|break|kill|date|version)\b/i;
const PIECE =
  /(;.*)|([A-Za-z_]\w*)|(\d+)|([#$@{}])|([*<>])|(&&|\|\||[-+/%!=()&:])|([,.])|\s+|(.)/gsu;

/** The pieces of a line, in order, without blanks. */
export function classifyRedcode(line: string): RedcodePiece[] {
  const pieces: RedcodePiece[] = [];
  let previous: RedcodeKind | null = null;
  /** Before the opcode, names are labels. */
  let isBefore = true;
  for (const match of line.matchAll(PIECE)) {
    const [text, comment, name, number, mode, star, operator, separator, other] = match;
    let kind: RedcodeKind | null = null;
    if (comment !== undefined) kind = TITLE.test(line) ? 'title' : 'comment';
    else if (name !== undefined) {
      kind = classifyName(name.toUpperCase(), previous, line[match.index - 1], isBefore);
      if (kind === 'opcode' || kind === 'directive') isBefore = false;
    } else if (number !== undefined) kind = 'number';
    else if (mode !== undefined) kind = 'mode';
    else if (star !== undefined) kind = opensOperand(previous) ? 'mode' : 'operator';
    else if (operator !== undefined) kind = 'operator';
    else if (separator !== undefined) kind = 'punctuation';
    else if (other !== undefined) kind = 'unknown';
    if (kind === null) continue;
    pieces.push({ from: match.index, to: match.index + text.length, kind });
    previous = text === '.' ? previous : kind;
  }
  return pieces;
}

function classifyName(
  name: string,
  previous: RedcodeKind | null,
  before: string | undefined,
  isBefore: boolean,
): RedcodeKind {
  if (before === '.' && previous === 'opcode' && MODIFIER_NAMES.has(name)) return 'modifier';
  if (isBefore && OPCODE_NAMES.has(name)) return 'opcode';
  if (DIRECTIVES.has(name)) return 'directive';
  if (CONSTANTS.has(name)) return 'constant';
  return isBefore ? 'label' : 'name';
}

/** An operand begins after these, and with it a mode; elsewhere `*`, `<` and `>` are operators. */
function opensOperand(previous: RedcodeKind | null): boolean {
  return previous === 'opcode' || previous === 'modifier' || previous === 'punctuation';
}
