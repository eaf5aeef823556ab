// The assembler: passes in order, from a source to a warrior, or to everything that is wrong with it.

import type { Instruction } from '../instruction.ts';
import { DEFAULT_PMARS_VERSION, type PmarsVersion } from '../pmars-version.ts';
import { type CoreSettings, makeSettings } from '../settings.ts';
import type { Warrior } from '../warrior.ts';
import { readTitles } from './comments.ts';
import type { WarriorSymbols } from './debug-marks.ts';
import { createReport, type Diagnostic, type Report } from './diagnostics.ts';
import { createRegisters, type Registers } from './expressions.ts';
import { readNumber } from './numbers.ts';
import { readInstruction, reduce } from './operands.ts';
import { readSource } from './source.ts';
import { collectStatements, type PlainStatement, type Statement } from './statements.ts';
import { createSymbols, expandTokens, type Symbols } from './symbols.ts';

export type AssembleOptions = {
  /** What CORESIZE and the other variables give, and how long a warrior may be; pMARS's defaults otherwise. */
  readonly settings?: CoreSettings;
  /** '88 allows only opcodes and modes of ICWS'88, and no modifiers. */
  readonly rules?: '94' | '88';
  /** The version of pMARS to agree with; 0.9.5 by default. */
  readonly pmars?: PmarsVersion;
  /** What WARRIORS gives: 1 by default. */
  readonly warriors?: number;
  /** What ROUNDS gives: 1 by default. */
  readonly rounds?: number;
  /** The registers a to z to read and assign; fresh ones otherwise. */
  readonly registers?: Registers;
};

export type AssembleResult = {
  /** Null where there is an error. */
  readonly warrior: Warrior | null;
  /** In the order of the source. */
  readonly diagnostics: readonly Diagnostic[];
  /** For debuggers. */
  readonly symbols: WarriorSymbols;
};

/**
 * Assembles Redcode as pMARS does. Bytes are UTF-8 where they are valid UTF-8, else Latin-1. Any input ends in a
 * result, within the budgets of `budgets.ts`; nothing of the source is run.
 *
 * Source: the ICWS'94 draft (1995 annotation) and the extensions in the manual of pMARS.
 */
export function assemble(
  source: string | Uint8Array,
  options: AssembleOptions = {},
): AssembleResult {
  const { settings = makeSettings(), rules = '94', warriors = 1, rounds = 1 } = options;
  const { pmars = DEFAULT_PMARS_VERSION } = options;
  const report = createReport();
  const { all, code } = readSource(source, report);
  const symbols = createSymbols(settings, { warriors, rounds, pmars });
  const registers = options.registers ?? createRegisters();
  const { statements, length, hasAssert, marks } = collectStatements(code, {
    ...{ symbols, registers, report, maxLength: settings.maxLength },
  });
  const context = { symbols, registers, report, coreSize: settings.coreSize, rules };
  const { instructions, start, pin } = translate(statements, context);
  const top = { line: 1, column: 1, text: '' };
  if (length === 0) {
    if (!report.hasErrors) {
      report.error(top, 'there is no instruction', 'a warrior has one at least, such as MOV 0, 1');
    }
  } else if (!hasAssert) {
    report.warn(
      top,
      'there is no ;assert: the warrior may not work with these settings',
      ';assert 1 if it works with all',
    );
  }
  const warrior = report.hasErrors ? null : { ...readTitles(all), instructions, start, pin };
  const { traced, isMoveable } = marks;
  return {
    warrior,
    diagnostics: report.finish(),
    symbols: { labels: symbols.labels, traced, isMoveable: isMoveable() },
  };
}

type TranslateContext = {
  readonly symbols: Symbols;
  readonly registers: Registers;
  readonly report: Report;
  readonly coreSize: number;
  readonly rules: '94' | '88';
};

/** Pass 7: statements to instructions; the last ORG, or else END, says where they start. */
function translate(
  statements: readonly Statement[],
  context: TranslateContext,
): { instructions: Instruction[]; start: number; pin: number | null } {
  const { symbols, report, rules, coreSize } = context;
  const instructions: Instruction[] = [];
  let org: number | null = null;
  let end: number | null = null;
  let pin: number | null = null;
  let startPlace = { line: 1, column: 1, text: '' };
  for (const statement of statements) {
    const tokens = expandTokens(statement.tokens, symbols, report);
    if (tokens === null) continue;
    if (statement.kind === 'instruction') {
      const { index } = statement;
      const place = { line: index, origin: index };
      const instruction = readInstruction(statement, tokens, { ...context, ...place });
      if (instruction !== null) instructions.push(instruction);
      continue;
    }
    if (rules === '88' && statement.kind !== 'end') {
      const name = statement.kind.toUpperCase();
      report.error(
        statement.place,
        `${name} is not in ICWS'88`,
        "END says where a '88 warrior starts",
      );
    }
    const value = readPlainValue(statement, tokens, context);
    if (value === null) continue;
    if (statement.kind === 'pin') pin = value;
    else if (statement.kind === 'org') {
      org = value;
      startPlace = statement.place;
    } else if (org !== null) {
      report.warn(
        statement.place,
        'ORG says where the warrior starts; the address after END is ignored',
      );
    } else {
      end = value;
      startPlace = statement.place;
    }
  }
  const start = org ?? end ?? 0;
  if (!report.hasErrors && (start < 0 || start >= instructions.length)) {
    report.warn(startPlace, `the warrior starts at ${start}, outside of its instructions`);
  }
  return { instructions, start: reduce(start, coreSize), pin };
}

/** The address or number after ORG, END or PIN; null where there is none, or after an error. */
function readPlainValue(
  { place, index }: PlainStatement,
  tokens: PlainStatement['tokens'],
  context: TranslateContext,
): number | null {
  if (tokens.length === 0) return null;
  return readNumber(tokens, place, { ...context, line: index, origin: 0 });
}
