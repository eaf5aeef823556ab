// The assembler: passes in order, from a source to a warrior, or to everything that is wrong with it.

import type { Instruction } from '../instruction.ts';
import { DEFAULT_PMARS_VERSION, type PmarsVersion } from '../pmars-version.ts';
import { type CoreSettings, makeSettings } from '../settings.ts';
import type { Warrior } from '../warrior.ts';
import { readTitles } from './comments.ts';
import type { WarriorSymbols } from './debug-marks.ts';
import { createReport, type Diagnostic, type Place, type Report } from './diagnostics.ts';
import { type Expanded, expandSource, type Statement } from './expand.ts';
import { createRegisters, type Registers } from './expressions.ts';
import { nearName } from './hints.ts';
import { isFence } from './lines.ts';
import { type OperandContext, readInstruction, readPlainValue, reduce } from './operands.ts';
import { locateInLine, readSource, type SourceLine } from './source.ts';
import { createSymbols, listLabels, type Symbols } from './symbols.ts';

export type AssembleOptions = {
  /** What CORESIZE and the other variables give, and how long a warrior may be; pMARS's defaults otherwise. */
  readonly settings?: CoreSettings;
  /** '88 allows only opcodes and modes of ICWS'88, and no modifiers. */
  readonly rules?: '94' | '88';
  /** The version of pMARS to agree with; 0.9.5 by default. */
  readonly pmars?: PmarsVersion;
  /** What WARRIORS gives, and the registers W and S where none are passed: 1 by default. */
  readonly warriors?: number;
  /** What ROUNDS gives: 1 by default. */
  readonly rounds?: number;
  /** The registers a to z to read and assign; fresh ones otherwise. */
  readonly registers?: Registers;
};

export type AssembleResult = {
  /** Null if there is an error. */
  readonly warrior: Warrior | null;
  /** In the order of the source. */
  readonly diagnostics: readonly Diagnostic[];
  /** For debuggers. */
  readonly symbols: WarriorSymbols;
};

/**
 * Assembles Redcode as pMARS does: what it takes is taken, a source without instructions too, and what it refuses is refused. Bytes
 * are UTF-8 where they are valid UTF-8, else Latin-1. Any input ends in a result, within the budgets of `budgets.ts`; nothing of the
 * source is run.
 *
 * Source: the ICWS'94 draft (1995 annotation) and the extensions in the manual of pMARS.
 */
export function assemble(
  source: string | Uint8Array,
  options: AssembleOptions = {},
): AssembleResult {
  const report = createReport();
  const { all, code } = readSource(source, report, versionOf(options));
  const { program, symbols, hasFence } = assembleLines(code, options, report);
  if (hasFence) return { ...reportFence(code, options), symbols };
  const warrior = report.hasErrors ? null : { ...readTitles(all), ...program };
  return { warrior, diagnostics: report.finish(), symbols };
}

function versionOf({ pmars, settings }: AssembleOptions): PmarsVersion {
  return pmars ?? settings?.pmars ?? DEFAULT_PMARS_VERSION;
}

type Program = Pick<Warrior, 'instructions' | 'start' | 'pin'>;

function assembleLines(
  code: readonly SourceLine[],
  options: AssembleOptions,
  report: Report,
): { program: Program; symbols: WarriorSymbols } & Pick<Expanded, 'hasFence'> {
  const { settings = makeSettings(), rules = '94', warriors = 1, rounds = 1 } = options;
  const pmars = versionOf(options);
  const symbols = createSymbols({ settings, warriors, rounds, pmars });
  const numbers = { registers: options.registers ?? createRegisters(warriors), report, pmars };
  const { maxLength, coreSize } = settings;
  const expanded = expandSource(code, { ...numbers, symbols, maxLength });
  const { length, hasAssert, hasFence, marks } = expanded;
  const top = { line: 1, column: 1, text: '' };
  if (!hasAssert) {
    const message = 'there is no ;assert: the warrior may not work with these settings';
    report.warn('missing-assert', top, message, ';assert 1 if it works with all');
  }
  const unknown = collectUnknown(symbols, report);
  const context = { ...numbers, symbols, coreSize, rules, reportUnknown: unknown.add };
  const program = translate(length === 0 ? [] : expanded.statements, context);
  unknown.report();
  if (length === 0 && !report.hasErrors) {
    const hint = 'a warrior has one at least, such as MOV 0, 1';
    report.warn('no-instructions', top, 'there is no instruction', hint);
  }
  const { traced, isMoveable } = marks;
  const labels = listLabels(symbols);
  return { program, symbols: { labels, traced, isMoveable: isMoveable() }, hasFence };
}

/** Statements to instructions. The last ORG says where they start; END does where that is at 0. */
function translate(statements: readonly Statement[], context: OperandContext): Program {
  const { report, rules, coreSize } = context;
  const instructions: Instruction[] = [];
  let start = 0;
  let pin: number | null = null;
  let startPlace: Place = { line: 1, column: 1, text: '' };
  let index = 0;
  for (const statement of statements) {
    const { keyword, place } = statement;
    const isPlain = keyword === 'ORG' || keyword === 'END' || keyword === 'PIN';
    if (statement.isFaulty) {
      if (!isPlain) index++;
      continue;
    }
    if (!isPlain) {
      const instruction = readInstruction(statement, index++, context);
      if (instruction !== null) instructions.push(instruction);
      continue;
    }
    if (rules === '88' && keyword !== 'END') {
      const hint = "END says where a '88 warrior starts";
      report.error('rules-88', place, `${keyword} is not in ICWS'88`, hint);
      continue;
    }
    const value = readPlainValue(statement, context);
    if (value === null) continue;
    if (keyword === 'PIN') pin = Number(value);
    else if (keyword === 'ORG' || (value !== 0n && start === 0)) {
      start = reduce(value, coreSize);
      startPlace = place;
    } else if (value !== 0n) {
      const message = 'ORG says where the warrior starts; the address after END is ignored';
      report.warn('ignored-end', place, message);
    }
  }
  if (instructions.length === index && index > 0 && start >= index) {
    const message = `the warrior starts at ${start}, outside of its instructions`;
    report.warn('start-outside', startPlace, message);
  }
  return { instructions, start, pin };
}

/** Names that nobody defined: one error each, at the first use. */
function collectUnknown({ entries }: Symbols, report: Report) {
  const uses = new Map<string, { readonly place: Place; count: number }>();
  return {
    add(name: string, place: Place): void {
      const use = uses.get(name);
      if (use === undefined) uses.set(name, { place, count: 1 });
      else use.count++;
    },
    report(): void {
      const known = [...entries.keys()].slice(0, MAX_CANDIDATES);
      for (const [name, { place, count }] of uses) {
        // Looking for near names costs more than counting what is not shown.
        const near = report.hasRoom ? nearName(name, known) : undefined;
        const times = count === 1 ? '' : `; it is used ${count} times`;
        const hint = explainNumber(name, place) ?? (near && `did you mean '${near}'?`);
        report.error('undefined', place, `'${name}' is not defined${times}`, hint);
      }
    },
  };
}

const MAX_CANDIDATES = 200;

/** Redcode has decimal numbers alone: what follows a digit begins a name. */
function explainNumber(name: string, { text }: Place): string | undefined {
  if (text === name && /^[xX][\da-fA-F]+$/.test(name) && name.length > 1) {
    const value = Number.parseInt(name.slice(1), 16);
    return `if this is a hexadecimal number, write ${value}`;
  }
  return undefined;
}

/** A warrior within the fences of Markdown, one of which is in `code`: one error for them, and those of the lines within. */
function reportFence(
  code: readonly SourceLine[],
  options: AssembleOptions,
): Pick<AssembleResult, 'warrior' | 'diagnostics'> {
  const fences = code.flatMap((line, index) => (isFence(line) ? [index] : []));
  const [first = 0, second = code.length] = fences;
  const isLast = fences.length === 1 && first * 2 > code.length;
  const within = isLast ? code.slice(0, first) : code.slice(first + 1, second);
  const report = createReport();
  const fence = code[first]!;
  const place = locateInLine(fence)(fence.text.search(/[`~]/), fence.text.trim());
  const hint = 'give the lines between the fences alone';
  report.error('misplaced', place, 'a Markdown fence is not Redcode', hint);
  assembleLines(
    within.filter((line) => !isFence(line)),
    options,
    report,
  );
  return { warrior: null, diagnostics: report.finish() };
}
