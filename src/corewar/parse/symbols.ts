// Names: labels, EQUs, counters of FOR, predefined variables; and the text that EQU and FOR put in their place.

import { type PmarsVersion, VERSION_NUMBERS } from '../pmars-version.ts';
import type { CoreSettings } from '../settings.ts';
import { MAX_EQUATE_DEPTH, MAX_WORK } from './budgets.ts';
import type { Place, Report } from './diagnostics.ts';
import type { Token } from './tokens.ts';

export type Symbols = {
  /** Address of each label, from the first instruction. */
  readonly labels: Map<string, number>;
  /** Lines of each EQU. */
  readonly equates: Map<string, Token[][]>;
  /** Counters of the FOR blocks that are open, as they read: `01`. */
  readonly counters: Map<string, string>;
  readonly variables: ReadonlyMap<string, number>;
  readonly budget: Budget;
};

/** Work that is left; `isSpent` once a source has asked for more. */
export type Budget = { left: number; isSpent: boolean };

export function createSymbols(
  settings: CoreSettings,
  { warriors, rounds, pmars }: { warriors: number; rounds: number; pmars: PmarsVersion },
): Symbols {
  return {
    labels: new Map(),
    equates: new Map(),
    counters: new Map(),
    variables: new Map([
      ['CORESIZE', settings.coreSize],
      ['MAXPROCESSES', settings.maxProcesses],
      ['MAXCYCLES', settings.maxCycles],
      ['MAXLENGTH', settings.maxLength],
      ['MINDISTANCE', settings.minSeparation],
      ['PSPACESIZE', settings.pspaceSize],
      ['ROUNDS', rounds],
      ['WARRIORS', warriors],
      ['VERSION', VERSION_NUMBERS[pmars]],
    ]),
    budget: { left: MAX_WORK, isSpent: false },
  };
}

/** True for names that a source cannot define. */
export function isReserved(name: string, { variables }: Symbols): boolean {
  return name === 'CURLINE' || variables.has(name);
}

/** Takes work from the budget; says once, and false ever after, that there is none left. */
export function spend(budget: Budget, work: number, place: Place, report: Report): boolean {
  if (budget.isSpent) return false;
  budget.left -= work;
  if (budget.left >= 0) return true;
  budget.isSpent = true;
  report.error(
    place,
    'the source grows beyond what an assembler may spend on it',
    'FOR repeats too often, or EQUs multiply one another',
  );
  return false;
}

/** `a&i` with the counters that are open: `a01`. Null, and an error, where a part is none. */
export function joinName(token: Token, symbols: Symbols, report: Report): string | null {
  const [first, ...rest] = token.text.split('&');
  let text = first!;
  for (const part of rest) {
    const value = symbols.counters.get(part);
    if (value === undefined) {
      report.error(
        token.place,
        `'${part}' after '&' is not the counter of a FOR block around it`,
        "'&' joins a name with a counter, as in: i FOR 3",
      );
      return null;
    }
    text += value;
  }
  return text;
}

/**
 * Puts EQUs and counters in for their names, as far as they are known; lines of an EQU are parted by a newline token. Null
 * after an error.
 */
export function expandTokens(
  tokens: readonly Token[],
  symbols: Symbols,
  report: Report,
): readonly Token[] | null {
  if (!tokens.some((token) => isExpandable(token, symbols))) return tokens;
  const out: Token[] = [];
  return appendExpanded(out, tokens, null, 0, symbols, report) ? out : null;
}

function isExpandable({ kind, text }: Token, { equates, counters }: Symbols): boolean {
  return kind === 'name' && (equates.has(text) || counters.has(text) || text.includes('&'));
}

/** `place` is where the source uses the outermost EQU; false when the expansion was given up. */
function appendExpanded(
  out: Token[],
  tokens: readonly Token[],
  place: Place | null,
  depth: number,
  symbols: Symbols,
  report: Report,
): boolean {
  for (const [index, source] of tokens.entries()) {
    let token: Token = place === null ? source : { ...source, place };
    // The name after a point is a modifier, whatever it may stand for elsewhere.
    const isModifier = tokens[index - 1]?.text === '.';
    if (token.kind !== 'name' || isModifier) {
      out.push(token);
      continue;
    }
    if (token.text.includes('&')) {
      const text = joinName(token, symbols, report);
      if (text === null) return false;
      token = { ...token, text };
    }
    const counter = symbols.counters.get(token.text);
    const lines = symbols.equates.get(token.text);
    if (counter !== undefined) {
      out.push({ ...token, kind: 'number', text: counter, isEnd: true });
    } else if (lines !== undefined) {
      if (!appendEquate(out, token, lines, depth, symbols, report)) return false;
    } else {
      out.push(token);
    }
  }
  return true;
}

function appendEquate(
  out: Token[],
  use: Token,
  lines: readonly Token[][],
  depth: number,
  symbols: Symbols,
  report: Report,
): boolean {
  if (depth >= MAX_EQUATE_DEPTH) {
    report.error(
      use.place,
      `'${use.text}' is defined through itself, or through more than ${MAX_EQUATE_DEPTH} EQUs`,
      'an EQU must not contain its own name, directly or through others',
    );
    return false;
  }
  for (const [index, line] of lines.entries()) {
    if (index > 0) {
      out.push({ kind: 'newline', text: '\n', place: use.place, isGlued: false });
    }
    if (!spend(symbols.budget, countWork(line), use.place, report)) return false;
    if (!appendExpanded(out, line, use.place, depth + 1, symbols, report)) return false;
  }
  const last = out.at(-1);
  if (last !== undefined && last.kind !== 'newline') out[out.length - 1] = { ...last, isEnd: true };
  return true;
}

/** What a line costs when it is put in again. */
export function countWork(tokens: readonly Token[]): number {
  let work = 1;
  for (const { text } of tokens) work += 1 + (text.length >> 3);
  return work;
}
