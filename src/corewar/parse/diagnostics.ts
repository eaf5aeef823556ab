// What the assembler has to say about a source: collected in order, never more than a reader can use.

import { MAX_DIAGNOSTICS } from './budgets.ts';

/** What kind of warning it is: those of pMARS, and `advice`, which it does not give. */
type WarningCode =
  | 'redefinition'
  | 'lone-equ'
  | 'overflow'
  | 'ignored-end'
  | 'invalid-assert'
  | 'missing-assert'
  | 'no-instructions'
  | 'unclosed-for'
  | 'unused-label'
  | 'start-outside'
  | 'extra-tokens'
  | 'advice';

/** What kind of error it is. */
type ErrorCode =
  | 'source'
  | 'budget'
  | 'misplaced'
  | 'undefined'
  | 'label'
  | 'equate'
  | 'loop'
  | 'operand'
  | 'expression'
  | 'rules-88'
  | 'assertion'
  | 'length'
  | 'warnings';

/** A fault or a doubt, with its place. */
export type Diagnostic = {
  readonly severity: 'error' | 'warning';
  readonly code: WarningCode | ErrorCode;
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** The offending piece of the source; empty if something is missing. */
  readonly text: string;
};

/** Where something stands in the source, and how it reads there. */
export type Place = { readonly line: number; readonly column: number; readonly text: string };

/** Collects diagnostics; those beyond the budget are counted only. */
export type Report = {
  error(code: ErrorCode, place: Place, message: string, hint?: string): void;
  warn(code: WarningCode, place: Place, message: string, hint?: string): void;
  readonly hasErrors: boolean;
  /** Errors so far, those beyond the budget included. */
  readonly errors: number;
  /** True while a further diagnostic would be kept: work for hints beyond that is wasted. */
  readonly hasRoom: boolean;
  /** Errors before warnings of the same place, places in the order of the source. */
  finish(): readonly Diagnostic[];
};

const MAX_TEXT = 200;

/** Warnings of different lines or kinds at which pMARS gives up. */
const MAX_WARNINGS = 9;

/** Warnings that pMARS gives for the whole source do not count. */
const UNCOUNTED: ReadonlySet<string> = new Set([
  'advice',
  'missing-assert',
  'no-instructions',
  'unclosed-for',
  'unused-label',
  'start-outside',
]);

export function createReport(): Report {
  const kept: Diagnostic[] = [];
  const seen = new Set<string>();
  const counted = new Set<string>();
  let errors = 0;
  let left = 0;
  let lastPlace: Place = { line: 1, column: 1, text: '' };
  const add = (
    diagnostic: Pick<Diagnostic, 'severity' | 'code' | 'message'>,
    place: Place,
    hint?: string,
  ) => {
    const { line, column } = place;
    if (kept.length >= MAX_DIAGNOSTICS) {
      left++;
      lastPlace = place;
      return;
    }
    // A repeated block says the same of the same place in every repetition.
    const key = `${line}:${column}:${diagnostic.message}`;
    if (seen.has(key)) return;
    seen.add(key);
    const text = place.text.length > MAX_TEXT ? `${place.text.slice(0, MAX_TEXT)}…` : place.text;
    kept.push({ ...diagnostic, ...(hint === undefined ? {} : { hint }), line, column, text });
  };
  const error: Report['error'] = (code, place, message, hint) => {
    errors++;
    add({ severity: 'error', code, message }, place, hint);
  };
  return {
    error,
    warn(code, place, message, hint) {
      add({ severity: 'warning', code, message }, place, hint);
      if (UNCOUNTED.has(code) || counted.size === MAX_WARNINGS) return;
      counted.add(`${place.line}:${code}`);
      if (counted.size < MAX_WARNINGS) return;
      error(
        'warnings',
        place,
        `${MAX_WARNINGS} warnings are more than pMARS takes`,
        'see those above',
      );
    },
    get hasErrors() {
      return errors > 0;
    },
    get errors() {
      return errors;
    },
    get hasRoom() {
      return kept.length < MAX_DIAGNOSTICS;
    },
    finish() {
      const sorted = kept.sort((a, b) => a.line - b.line || a.column - b.column);
      if (left === 0) return sorted;
      const { line, column } = lastPlace;
      const message = `${left} further ${left === 1 ? 'message is' : 'messages are'} not shown`;
      const last = { message, line, column, text: '' };
      return errors > 0
        ? [...sorted, { ...last, severity: 'error', code: 'budget' }]
        : [...sorted, { ...last, severity: 'warning', code: 'advice' }];
    },
  };
}

/** `file:line:column: error: message (hint)`, as compilers print it and editors read it. */
export function formatDiagnostic(diagnostic: Diagnostic, fileName: string): string {
  const { severity, message, hint, line, column } = diagnostic;
  return `${fileName}:${line}:${column}: ${severity}: ${message}${hint ? ` (${hint})` : ''}`;
}

const EXCERPT_WIDTH = 100;

/** The line of a diagnostic and a caret under its column, two lines; null if the source has no such line. */
export function formatExcerpt(diagnostic: Diagnostic, source: string): string | null {
  const { line, text } = diagnostic;
  const column = Math.max(1, diagnostic.column);
  const whole = source.split('\n')[line - 1]?.replace(/\r$/, '');
  if (whole === undefined || text === '') return null;
  const from = Math.max(0, Math.min(column - 1 - EXCERPT_WIDTH / 2, whole.length - EXCERPT_WIDTH));
  const shown = cleanText(whole.slice(from, from + EXCERPT_WIDTH));
  const width = Math.max(1, Math.min(text.length, shown.length - (column - 1 - from)));
  return `    ${shown}\n    ${' '.repeat(column - 1 - from)}^${'~'.repeat(width - 1)}`;
}

/** Text that is safe on a terminal: a space for each control character. */
export function cleanText(text: string): string {
  let clean = '';
  for (const character of text) {
    const code = character.codePointAt(0)!;
    clean += code < 32 || (code >= 127 && code < 160) ? ' ' : character;
  }
  return clean;
}
