// Pass 6: what stands after an opcode: modifier, modes and fields, with what the assembler fills in, under the rules of '94 or '88.

import { type Instruction, MODES, MODIFIERS, type Mode, type Modifier } from '../instruction.ts';
import { defaultModifier, OPCODE_TABLE } from '../redcode-tables.ts';
import type { Place, Report } from './diagnostics.ts';
import { type NumberContext, printable, readNumber } from './numbers.ts';
import type { InstructionStatement } from './statements.ts';
import type { Token } from './tokens.ts';

export type OperandContext = NumberContext & {
  readonly coreSize: number;
  readonly rules: '94' | '88';
};

type Operand = { readonly mode: Mode | null; readonly place: Place; readonly value: number | null };

const MODE_SET: ReadonlySet<string> = new Set(MODES);
const MODIFIER_SET: ReadonlySet<string> = new Set(MODIFIERS);
const MODES_88 = '#$@<';

/** The instruction of a statement, or null after an error. `tokens` are those after the opcode, all EQUs put in. */
export function readInstruction(
  { opcode, place }: InstructionStatement,
  tokens: readonly Token[],
  context: OperandContext,
): Instruction | null {
  const { report, rules } = context;
  const entry = OPCODE_TABLE[opcode];
  if (rules === '88' && entry.modes88 === null) {
    report.error(
      place,
      `${opcode} is not an opcode of ICWS'88`,
      "assemble it under the rules of '94",
    );
  }
  let rest = tokens;
  let modifier: Modifier | null = null;
  if (tokens[0]?.text === '.') {
    modifier = readModifier(tokens, context);
    if (modifier === null) return null;
    rest = tokens.slice(2);
  }
  const comma = rest.findIndex(({ text }) => text === ',');
  if (rest.length === 0) {
    report.error(place, `${opcode} has no operand`);
    return null;
  }
  const first = readOperand(comma < 0 ? rest : rest.slice(0, comma), place, comma >= 0, context);
  if (first === null) return null;
  if (comma < 0) return fillIn(first);
  const second = readOperand(rest.slice(comma + 1), rest[comma]!.place, false, context);
  return second === null ? null : finish(first, second);

  function fillIn(operand: Operand): Instruction | null {
    if (entry.loneOperand === null) {
      const hint = tokens.some((token, i) => i > 0 && !token.isGlued)
        ? 'a comma parts the two'
        : undefined;
      report.error(place, `${opcode} needs two operands`, hint);
      return null;
    }
    const zero = { place, value: 0 };
    return entry.loneOperand === 'b'
      ? finish({ ...zero, mode: '#' }, operand)
      : finish(operand, { ...zero, mode: '$' });
  }

  function finish(a: Operand, b: Operand): Instruction | null {
    const aMode = a.mode ?? '$';
    const bMode = b.mode ?? '$';
    if (rules === '88' && !checkModes88(opcode, a, b, report)) return null;
    if (a.value === null || b.value === null) return null;
    return {
      opcode,
      modifier: modifier ?? defaultModifier(opcode, aMode, bMode),
      aMode,
      a: reduce(a.value, context.coreSize),
      bMode,
      b: reduce(b.value, context.coreSize),
    };
  }
}

/** `value` modulo the size of the core, from 0. */
export function reduce(value: number, coreSize: number): number {
  const rest = value % coreSize;
  return rest < 0 ? rest + coreSize : rest + 0;
}

function readModifier(
  tokens: readonly Token[],
  { report, rules }: OperandContext,
): Modifier | null {
  const [point, name] = tokens;
  if (rules === '88') {
    report.error(point!.place, "ICWS'88 has no modifiers", "leave out '.' and what follows it");
    return null;
  }
  const modifier = name?.text.toUpperCase();
  if (name === undefined || modifier === undefined || !MODIFIER_SET.has(modifier)) {
    report.error(
      (name ?? point)!.place,
      name === undefined ? 'a modifier is missing' : `'${printable(name.text)}' is not a modifier`,
      `modifiers are ${MODIFIERS.map((each) => `.${each}`).join(' ')}`,
    );
    return null;
  }
  return modifier as Modifier;
}

/** A mode and an expression. `mayBeEmpty`: a mode alone counts as zero, as pMARS has it for A. */
function readOperand(
  tokens: readonly Token[],
  before: Place,
  mayBeEmpty: boolean,
  context: OperandContext,
): Operand | null {
  const { report } = context;
  const [head] = tokens;
  if (head === undefined) {
    report.error(
      before,
      mayBeEmpty ? 'the first operand is missing' : 'the second operand is missing',
    );
    return null;
  }
  const mode = head.kind === 'symbol' && MODE_SET.has(head.text) ? (head.text as Mode) : null;
  const rest = mode === null ? tokens : tokens.slice(1);
  if (rest.length === 0) {
    if (mayBeEmpty) return { mode, place: head.place, value: 0 };
    report.error(head.place, `a value is missing after '${head.text}'`);
    return null;
  }
  const stray = findStray(rest);
  if (stray !== undefined) {
    const isMode = MODE_SET.has(stray.text);
    report.error(
      stray.place,
      stray.text === ','
        ? 'a second comma: an instruction has two operands'
        : `'${printable(stray.text)}' is out of place`,
      isMode && stray !== rest[0] ? 'a comma may be missing before it' : undefined,
    );
    return null;
  }
  return { mode, place: head.place, value: readNumber(rest, head.place, context) };
}

/** The first symbol that no expression has. */
function findStray(tokens: readonly Token[]): Token | undefined {
  return tokens.find(({ kind, text }) => kind === 'symbol' && !/[-+*/%()=!<>&|]/.test(text));
}

function checkModes88(
  opcode: InstructionStatement['opcode'],
  a: Operand,
  b: Operand,
  report: Report,
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
      operand.place,
      MODES_88.includes(mode)
        ? `ICWS'88 does not allow '${mode}' for the ${name}-operand of ${opcode}`
        : `'${mode}' is not a mode of ICWS'88`,
      `allowed there: ${[...modes].join(' ')}`,
    );
  }
  return isValid;
}
