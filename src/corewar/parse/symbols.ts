// Names: labels, EQUs, counters of FOR, predefined variables.

import { type PmarsVersion, VERSION_NUMBERS } from '../pmars-version.ts';
import type { CoreSettings } from '../settings.ts';
import { MAX_EQUATE_DEPTH, MAX_WORK } from './budgets.ts';
import type { Place, Report } from './diagnostics.ts';
import type { SourceLine } from './source.ts';
import type { Token } from './tokens.ts';

/** A line to come: of the source, or of an EQU. Tokens are read when first needed. */
export type Line = { readonly source: SourceLine | null; tokens: readonly Token[] | null };

export type Entry =
  /** What an EQU puts in; `isOpen` while it is being put in. */
  | { readonly kind: 'text'; readonly lines: readonly Line[]; isOpen: boolean }
  /** Address from the first instruction. */
  | { readonly kind: 'label'; readonly address: number }
  | { readonly kind: 'counter'; value: number };

export type Symbols = {
  /** What each name stands for, the newest meaning last. */
  readonly entries: Map<string, Entry[]>;
  readonly budget: Budget;
};

/** Work that is left; `isSpent` once a source has asked for more. */
type Budget = { left: number; isSpent: boolean };

type Variables = {
  readonly settings: CoreSettings;
  readonly warriors: number;
  readonly rounds: number;
  readonly pmars: PmarsVersion;
};

export function createSymbols({ settings, warriors, rounds, pmars }: Variables): Symbols {
  const variables: [string, number][] = [
    ['CORESIZE', settings.coreSize],
    ['MAXPROCESSES', settings.maxProcesses],
    ['MAXCYCLES', settings.maxCycles],
    ['MAXLENGTH', settings.maxLength],
    ['MINDISTANCE', settings.minSeparation],
    ['PSPACESIZE', settings.pspaceSize],
    ['ROUNDS', rounds],
    ['WARRIORS', warriors],
    ['VERSION', VERSION_NUMBERS[pmars]],
  ];
  if (pmars === '0.9.5') {
    variables.push(['READLIMIT', settings.readLimit], ['WRITELIMIT', settings.writeLimit]);
  }
  const symbols = { entries: new Map(), budget: { left: MAX_WORK, isSpent: false } };
  for (const [name, value] of variables) define(symbols, name, createConstant(value));
  return symbols;
}

function createConstant(value: number): Entry {
  const text = String(value);
  const place = { line: 1, column: 1, text };
  const token = { kind: 'number', text, place, isGlued: false, isSpaced: false } as const;
  return { kind: 'text', lines: [{ source: null, tokens: [token] }], isOpen: false };
}

export function define({ entries }: Symbols, name: string, entry: Entry): void {
  const meanings = entries.get(name);
  if (meanings === undefined) entries.set(name, [entry]);
  else meanings.push(entry);
}

export function forget({ entries }: Symbols, name: string, entry: Entry): void {
  const meanings = entries.get(name);
  if (meanings === undefined) return;
  meanings.splice(meanings.lastIndexOf(entry), 1);
  if (meanings.length === 0) entries.delete(name);
}

export function lookUp({ entries }: Symbols, name: string): Entry | undefined {
  return entries.get(name)?.at(-1);
}

/** Addresses of the labels. */
export function listLabels({ entries }: Symbols): Map<string, number> {
  const labels = new Map<string, number>();
  for (const [name, meanings] of entries) {
    const entry = meanings.at(-1)!;
    if (entry.kind === 'label') labels.set(name, entry.address);
  }
  return labels;
}

/** Takes work from the budget; says once, and false ever after, that there is none left. */
export function spend(budget: Budget, work: number, place: Place, report: Report): boolean {
  if (budget.isSpent) return false;
  budget.left -= work;
  if (budget.left >= 0) return true;
  budget.isSpent = true;
  report.error(
    'budget',
    place,
    'the source grows beyond what an assembler may spend on it',
    'FOR repeats too often, or EQUs multiply one another',
  );
  return false;
}

/** What a line costs when it is put in again. */
export function countWork(tokens: readonly Token[]): number {
  let work = 1;
  for (const { text } of tokens) work += 1 + (text.length >> 3);
  return work;
}

/** Reports an EQU that is put into itself, or into too many others, and returns whether it is one. */
export function refuseNesting(
  entry: Extract<Entry, { kind: 'text' }>,
  name: string,
  depth: number,
  place: Place,
  report: Report,
): boolean {
  if (!entry.isOpen && depth !== MAX_EQUATE_DEPTH) return false;
  report.error(
    'equate',
    place,
    entry.isOpen
      ? `'${name}' is defined through itself`
      : `'${name}' goes through more than ${MAX_EQUATE_DEPTH} EQUs`,
    'an EQU must not contain its own name, directly or through others',
  );
  return true;
}
