// What the assembler has to say about a source: collected in order, never more than a reader can use.

import { MAX_DIAGNOSTICS } from './budgets.ts';

/** A fault or a doubt, with its place. */
export type Diagnostic = {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** The offending piece of the source; empty where something is missing. */
  readonly text: string;
};

/** Where something stands in the source, and how it reads there. */
export type Place = { readonly line: number; readonly column: number; readonly text: string };

/** Collects diagnostics; those beyond the budget are counted only. */
export type Report = {
  error(place: Place, message: string, hint?: string): void;
  warn(place: Place, message: string, hint?: string): void;
  readonly hasErrors: boolean;
  /** True while a further diagnostic would be kept: work for hints beyond that is wasted. */
  readonly hasRoom: boolean;
  /** Errors before warnings of the same place, places in the order of the source. */
  finish(): readonly Diagnostic[];
};

const MAX_TEXT = 200;

export function createReport(): Report {
  const kept: Diagnostic[] = [];
  const seen = new Set<string>();
  let errors = 0;
  let left = 0;
  let lastPlace: Place = { line: 1, column: 1, text: '' };
  const add = (severity: 'error' | 'warning', place: Place, message: string, hint?: string) => {
    if (severity === 'error') errors++;
    if (kept.length >= MAX_DIAGNOSTICS) {
      left++;
      lastPlace = place;
      return;
    }
    // A repeated block says the same of the same place in every repetition.
    const key = `${place.line}:${place.column}:${message}`;
    if (seen.has(key)) return;
    seen.add(key);
    const text = place.text.length > MAX_TEXT ? `${place.text.slice(0, MAX_TEXT)}…` : place.text;
    kept.push({
      severity,
      message,
      ...(hint === undefined ? {} : { hint }),
      line: place.line,
      column: place.column,
      text,
    });
  };
  return {
    error: (place, message, hint) => add('error', place, message, hint),
    warn: (place, message, hint) => add('warning', place, message, hint),
    get hasErrors() {
      return errors > 0;
    },
    get hasRoom() {
      return kept.length < MAX_DIAGNOSTICS;
    },
    finish() {
      const sorted = kept.sort((a, b) => a.line - b.line || a.column - b.column);
      if (left === 0) return sorted;
      const { line, column } = lastPlace;
      return [
        ...sorted,
        {
          severity: errors > 0 ? 'error' : 'warning',
          message: `${left} further ${left === 1 ? 'message is' : 'messages are'} not shown`,
          line,
          column,
          text: '',
        },
      ];
    },
  };
}

export type FirstProblem = { problem?: string; hint?: string | undefined };

/** A report that keeps the first error only: a faulty ;assert is one warning, whatever is wrong with it. */
export function createSilentReport(): Report & FirstProblem {
  const report: Report & FirstProblem = {
    error: (_, message, hint) => {
      report.problem ??= message;
      report.hint ??= hint;
    },
    warn: () => {},
    hasErrors: false,
    hasRoom: false,
    finish: () => [],
  };
  return report;
}

/** `file:line:column: error: message (hint)`, as compilers print it and editors read it. */
export function formatDiagnostic(diagnostic: Diagnostic, fileName: string): string {
  const { severity, message, hint, line, column } = diagnostic;
  return `${fileName}:${line}:${column}: ${severity}: ${message}${hint ? ` (${hint})` : ''}`;
}

const EXCERPT_WIDTH = 100;

/** The line of a diagnostic and a caret under its column, two lines; null where the source has no such line. */
export function formatExcerpt({ line, column, text }: Diagnostic, source: string): string | null {
  const whole = source.split(/\r\n|\n|\r/)[line - 1];
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
