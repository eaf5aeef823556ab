// Passes 3 and 4: labels and EQUs are collected and put in, FOR blocks repeated. What remains are statements as text.

import type { Opcode } from '../instruction.ts';
import type { PmarsVersion } from '../pmars-version.ts';
import { MAX_LABELS, MAX_LOOP_DEPTH } from './budgets.ts';
import { readCommentValue } from './comments.ts';
import { createDebugMarks, type DebugMarks } from './debug-marks.ts';
import type { Place, Report } from './diagnostics.ts';
import {
  adviseOpcode,
  adviseSpace,
  reportRedefinition,
  reportSecond,
  reportUnexpected,
} from './explain.ts';
import type { Registers } from './expressions.ts';
import { findKeyword, type Keyword } from './keywords.ts';
import {
  findSwitch,
  firstPlace,
  isFence,
  isJoint,
  isPlain,
  padCounter,
  spanPlace,
  tokenize,
  toLine,
} from './lines.ts';
import { evaluatePieces, readNumber } from './numbers.ts';
import { joinPieces, locateIn, type Piece } from './pieces.ts';
import type { SourceLine } from './source.ts';
import {
  countWork,
  define,
  type Entry,
  forget,
  type Line,
  lookUp,
  refuseNesting,
  type Symbols,
  spend,
} from './symbols.ts';
import { readTokens, type Token } from './tokens.ts';

export type Statement = {
  readonly keyword: Opcode | 'ORG' | 'END' | 'PIN';
  /** The keyword in the source. */
  readonly place: Place;
  /** What follows the keyword; names that stand further down are still names. */
  readonly pieces: readonly Piece[];
  /** What is wrong with it was reported: it only counts. */
  readonly isFaulty: boolean;
};

type ExpandContext = {
  readonly symbols: Symbols;
  readonly registers: Registers;
  readonly report: Report;
  readonly maxLength: number;
  readonly pmars: PmarsVersion;
};

export type Expanded = {
  readonly statements: readonly Statement[];
  /** How many instructions there are, those with a fault included. */
  readonly length: number;
  /** A true or false `;assert` was met. */
  readonly hasAssert: boolean;
  /** A Markdown fence was met where a statement should be. */
  readonly hasFence: boolean;
  /** Instructions that comments mark for the debugger. */
  readonly marks: DebugMarks;
};

/**
 * What a line was found to be so far. `none`, `label` and `error` expect a label or a statement next; the others a value: of an
 * operand, where labels count from the instruction, or `address`, where they count from the first one.
 */
type Phase = 'none' | 'label' | 'error' | 'value' | 'address' | 'done' | 'for' | 'rof';

/** Lines that are read one after the other: of the source, or of an EQU that `use` puts in. `at` is the one being read. */
type Frame = { readonly lines: readonly Line[]; at: number; readonly use: Place | null };

/** Reads the lines up to END, repeating what FOR repeats. */
export function expandSource(source: readonly SourceLine[], context: ExpandContext): Expanded {
  const { symbols, registers, report, maxLength, pmars } = context;
  const statements: Statement[] = [];
  const marks = createDebugMarks();
  const lines = source.flatMap(toLine);
  let frame: Frame = { lines, at: -1, use: null };
  /** The statement that is being read. */
  let keyword: Statement['keyword'] = 'DAT';
  let keywordPlace: Place = { line: 1, column: 1, text: '' };
  let pieces: Piece[] = [];
  let isFaulty = false;
  let pending: Token[] = [];
  /** FOR blocks within one another that are left out. */
  let skipped = 0;
  let loops = 0;
  let depth = 0;
  let length = 0;
  let hasAssert = false;
  let hasFence = false;
  /** Nothing is repeated any more: there are too many instructions. */
  let isFull = false;
  let isDone = false;

  while (!isDone && readNextLine() !== null);
  if (pending.length > 0) {
    const { place } = pending[0]!;
    const hint = 'it stays undefined';
    report.warn('unused-label', place, `no instruction follows the label '${place.text}'`, hint);
  }
  return { statements, length, hasAssert, hasFence, marks };

  /** Reads the next line of the frame; null if there is none. */
  function readNextLine(): Phase | null {
    const line = frame.lines[frame.at + 1];
    if (line === undefined) return null;
    frame.at++;
    const isAgain = line.tokens !== null;
    line.tokens ??= tokenize(line.source!, report);
    if (isAgain) spend(symbols.budget, countWork(line.tokens), firstPlace(line), report);
    pieces = [];
    if (line.source !== null && findSwitch(line.source) !== null) {
      if (skipped === 0) readSwitch(line.source, line.tokens);
      return 'none';
    }
    const phase = traverse(line.tokens, 0, 'none');
    if (phase === 'done') emit();
    if (phase === 'rof' && loops === 0) {
      report.error('loop', placeOf(line.tokens[0]!), 'ROF without a FOR');
    }
    return phase;
  }

  function emit(): void {
    statements.push({ keyword, place: keywordPlace, pieces, isFaulty });
    pieces = [];
  }

  function placeOf(token: Token): Place {
    return frame.use ?? token.place;
  }

  function move(token: Token): Token {
    return { ...token, place: placeOf(token) };
  }

  /** Reads tokens as a line, or as what goes on with one; EQUs in them are read in their place. */
  function traverse(tokens: readonly Token[], from: number, start: Phase): Phase {
    let phase = start;
    const names: Token[] = [];
    for (let at = from; at < tokens.length; ) {
      if (skipped > 0) return skip(tokens, at);
      let token = tokens[at++]!;
      const isHead = phase === 'none' || phase === 'label' || phase === 'error';
      if (token.kind !== 'name') {
        if (isHead) {
          const { source } = frame.lines[frame.at]!;
          if (source !== null && isFence(source)) hasFence = true;
          reportUnexpected(move(token), names, report);
          // A word before it was meant as an opcode: the labels before that are of this instruction.
          if (phase === 'label') {
            defineLabels(pending.filter((label) => label !== names.at(-1)));
            length++;
          }
          return 'error';
        }
        const isValue = token.kind === 'number';
        pieces.push({ text: token.text, place: placeOf(token), isValue });
        continue;
      }
      const found = findKeyword(token.text);
      if (found !== undefined || token.text === 'CURLINE') {
        if (token.text === 'CURLINE' && !isHead) {
          appendValue(token, length);
          continue;
        }
        if (found === undefined) {
          report.error('label', placeOf(token), 'CURLINE is predefined and cannot be redefined');
          return 'error';
        }
        if (isHead) return readStatement(found, token, tokens, at);
        reportSecond(move(token), found, report);
        return 'error';
      }
      const joined = joinName(tokens, at);
      if (joined === null) return 'error';
      const { name, end } = joined;
      if (end > at) token = { ...token, place: spanPlace(tokens.slice(at - 1, end)) };
      at = end;
      const last = tokens[at - 1]!;
      const entry = lookUp(symbols, name);
      if (entry?.kind === 'text') {
        const { errors } = report;
        phase = putIn(entry, token, phase);
        if (report.errors > errors) return 'error';
        if (last.isSpaced) appendSpace();
      } else if (!isHead) {
        if (entry === undefined) {
          const text = last.isSpaced ? `${name} ` : name;
          pieces.push({ text, place: placeOf(token), isValue: true });
        } else if (entry.kind === 'counter') appendValue(last, padCounter(entry.value), token);
        else appendValue(last, entry.address - (phase === 'address' ? 0 : length), token);
      } else if (entry !== undefined) {
        // At its own place: as in pMARS, that may be in an EQU.
        reportRedefinition({ ...token, text: name }, names, report);
        return 'error';
      } else {
        if (pending.length === MAX_LABELS) {
          const message = `more than ${MAX_LABELS} labels for one instruction`;
          report.error('label', placeOf(token), message);
          return 'error';
        }
        const label = { ...move(token), text: name };
        pending.push(label);
        names.push(label);
        if (tokens[at]?.text === ':' && tokens[at]!.isGlued) {
          at++;
          names.length = 0;
        }
        phase = 'label';
      }
    }
    if (phase === 'label') adviseOpcode(names, report);
    return phase;
  }

  function appendValue(last: Token, value: number | string, token = last): void {
    const text = last.isSpaced ? `${value} ` : String(value);
    pieces.push({ text, place: placeOf(token), isValue: true });
  }

  function appendSpace(): void {
    const before = pieces.at(-1);
    if (before !== undefined) pieces[pieces.length - 1] = { ...before, text: `${before.text} ` };
  }

  /** Within a FOR of nothing, only FOR and ROF count, and only where labels alone stand before them. */
  function skip(tokens: readonly Token[], from: number): Phase {
    for (let at = from; at < tokens.length; at++) {
      const { kind, text } = tokens[at]!;
      if (kind !== 'name' || text === 'CURLINE') return 'none';
      const found = findKeyword(text);
      if (found === undefined) continue;
      if (found !== 'FOR' && found !== 'ROF') return 'none';
      skipped += found === 'FOR' ? 1 : -1;
      return 'error';
    }
    return 'none';
  }

  /** The name before `at`, joined with the counters that `&` adds to it, and the index after it; null after an error. */
  function joinName(tokens: readonly Token[], at: number): { name: string; end: number } | null {
    const first = tokens[at - 1]!;
    let name = first.text;
    let end = at;
    while (isJoint(tokens, end)) {
      const part = tokens[end + 1]!;
      const entry = lookUp(symbols, part.text);
      if (entry?.kind !== 'counter') {
        report.error(
          'label',
          { ...placeOf(first), ...(frame.use ? {} : { text: `${name}&${part.text}` }) },
          `'${part.text}' after '&' is not the counter of a FOR block around it`,
          "'&' joins a name with a counter, as in: i FOR 3",
        );
        return null;
      }
      name += padCounter(entry.value);
      end += 2;
    }
    return { name, end };
  }

  /** The statement from the lines of an EQU, each but the last on its own; what the line is after the last. */
  function putIn(entry: Extract<Entry, { kind: 'text' }>, token: Token, phase: Phase): Phase {
    const place = placeOf(token);
    if (refuseNesting(entry, token.text, depth, place, report)) return 'error';
    if (entry.lines.length > 1 && (phase === 'value' || phase === 'address')) {
      report.error(
        'equate',
        place,
        'an EQU of several lines within an instruction',
        'such an EQU takes the place of an instruction',
      );
      return 'error';
    }
    const outer = frame;
    frame = { lines: entry.lines, at: 0, use: place };
    entry.isOpen = true;
    depth++;
    let next = readEquateLine(phase);
    while (frame.at + 1 < frame.lines.length && !isDone && next !== null) {
      if (next === 'done' && skipped === 0) emit();
      frame.at++;
      pieces = [];
      next = readEquateLine('none');
    }
    depth--;
    entry.isOpen = false;
    frame = outer;
    return next ?? 'error';
  }

  /** Null if the work is over. */
  function readEquateLine(phase: Phase): Phase | null {
    const { tokens } = frame.lines[frame.at]!;
    if (!spend(symbols.budget, countWork(tokens!), frame.use!, report)) {
      // Every use of an EQU is an error from here on, which was reported.
      return null;
    }
    return traverse(tokens!, 0, phase);
  }

  function readStatement(
    found: Keyword,
    token: Token,
    tokens: readonly Token[],
    at: number,
  ): Phase {
    if (found === 'ROF') return 'rof';
    if (found === 'FOR') return readFor(token, tokens, at);
    if (found === 'EQU') return readEquate(token, tokens.slice(at));
    keyword = found;
    keywordPlace = placeOf(token);
    pieces = [];
    // As in pMARS, what touches an opcode stays as it is written: names in it are looked up in the end.
    let next = at;
    for (; tokens[next]?.isGlued; next++) {
      const { text, kind } = tokens[next]!;
      const isValue = kind === 'name' || kind === 'number';
      pieces.push({ text, place: placeOf(tokens[next]!), isValue });
    }
    if (next > at && tokens[next - 1]!.isSpaced) appendSpace();
    else if (next > at && next === tokens.length) adviseSpace(move(token), report);
    const { errors } = report;
    traverse(tokens, next, isPlain(found) ? 'address' : 'value');
    isFaulty = report.errors > errors;
    defineLabels(pending);
    if (found === 'END') isDone = true;
    if (isPlain(found)) return 'done';
    if (length === maxLength) {
      const hint = 'the setting has no room for more; see --setting and -l';
      report.error('length', keywordPlace, `more than ${maxLength} instructions`, hint);
      isFull = true;
    }
    marks.instruction(length);
    length++;
    return 'done';
  }

  function readEquate(token: Token, body: readonly Token[]): Phase {
    const line: Line = { source: null, tokens: body };
    const own: Line[] = [line];
    if (pending.length === 0) {
      const hint = 'put a name before it';
      report.warn('lone-equ', placeOf(token), 'EQU without a name is ignored', hint);
      return 'value';
    }
    for (const { text } of pending) {
      define(symbols, text, { kind: 'text', lines: own, isOpen: false });
    }
    pending = [];
    for (;;) {
      const next = frame.lines[frame.at + 1];
      if (next === undefined) break;
      next.tokens ??= tokenize(next.source!, report);
      const [head] = next.tokens;
      // As in pMARS, an assertion is lost right after an EQU; what is for the debugger is not.
      const word = next.source === null ? null : findSwitch(next.source);
      const isComment = word !== null;
      if (isComment && word !== 'assert') readSwitch(next.source!, next.tokens);
      if (!isComment && (head?.kind !== 'name' || findKeyword(head.text) !== 'EQU')) break;
      frame.at++;
      if (!isComment) own.push({ source: null, tokens: next.tokens.slice(1) });
    }
    return 'value';
  }

  function readFor(token: Token, tokens: readonly Token[], at: number): Phase {
    const place = placeOf(token);
    const counter = pending.pop();
    defineLabels(pending);
    pieces = [];
    const { errors } = report;
    traverse(tokens, at, 'value');
    let count = 1;
    if (report.errors === errors) {
      const value = isKnown(pieces)
        ? readNumber(pieces, place, { registers, report, pmars })
        : null;
      // pMARS counts in 16 bits. After an error the block is read once, for its other faults.
      if (value !== null) count = value <= 0n ? 0 : Number(BigInt.asUintN(16, value));
      if (value !== null && value > 0n && count === 0) {
        report.error(
          'loop',
          place,
          `FOR repeats ${value} times`,
          'pMARS counts no further than 65534',
        );
      }
    }
    if (count > 0 && loops === MAX_LOOP_DEPTH) {
      const message = `more than ${MAX_LOOP_DEPTH} FOR blocks within one another`;
      report.error('budget', place, message);
      count = 0;
    }
    if (count === 0) skipped++;
    else repeat(count, counter, place);
    return 'for';
  }

  /** False, and an error, where a FOR counts by a name that stands further down, or nowhere. */
  function isKnown(pieces: readonly Piece[]): boolean {
    const name = readTokens(joinPieces(pieces), locateIn(pieces)).find(
      ({ kind, text }) => kind === 'name' && text.length > 1,
    );
    if (name === undefined) return true;
    const hint = 'FOR knows what is defined above it';
    report.error('undefined', name.place, `'${name.text}' is not defined here`, hint);
    return false;
  }

  function repeat(count: number, counter: Token | undefined, place: Place): void {
    const own = frame;
    const start = frame.at;
    const entry: Entry = { kind: 'counter', value: 1 };
    if (counter !== undefined) define(symbols, counter.text, entry);
    loops++;
    for (let value = 1; value <= count && !isDone; value++) {
      if (value > 1 && (isFull || symbols.budget.isSpent)) break;
      entry.value = value;
      own.at = start;
      while (!isDone) {
        const phase = readNextLine();
        if (phase === 'rof') break;
        if (phase !== null) continue;
        report.warn('unclosed-for', place, 'FOR without a ROF', 'what follows is assembled once');
        isDone = true;
      }
    }
    loops--;
    if (counter !== undefined) forget(symbols, counter.text, entry);
  }

  function defineLabels(labels: readonly Token[]): void {
    for (const { text } of labels) define(symbols, text, { kind: 'label', address: length });
    pending = [];
  }

  function readSwitch(source: SourceLine, tokens: readonly Token[]): void {
    const word = findSwitch(source);
    if (word === 'assert') readAssert(source, tokens);
    else if (word !== null && !marks.comment(word, readCommentValue(source.text).value)) {
      const { place } = tokens[1] ?? tokens[0]!;
      report.warn('extra-tokens', place, `the words after ;${word} are ignored`);
    }
  }

  /** An assertion that is false is an error, one that cannot be read a warning, as if it were not there. */
  function readAssert(source: SourceLine, tokens: readonly Token[]): void {
    const { errors } = report;
    traverse(tokens, 1, 'value');
    if (report.errors > errors) return;
    const { number, text } = source;
    const place = { line: number, column: 1, text: text.trimEnd() };
    const value = evaluatePieces(pieces, place, { registers, report, pmars });
    if (typeof value !== 'bigint') {
      const message = `this ;assert is not an expression: ${value.problem}`;
      report.warn('invalid-assert', place, message, value.hint);
      return;
    }
    hasAssert = true;
    if (value !== 0n) return;
    const hint = 'it is written for other settings';
    report.error('assertion', place, 'this assertion fails', hint);
  }
}
