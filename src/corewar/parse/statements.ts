// Passes 3 and 4: labels and EQUs are collected, FOR blocks repeated. What remains are instructions with the tokens of their operands.

import type { Opcode } from '../instruction.ts';
import { MAX_LABELS, MAX_LOOP_DEPTH } from './budgets.ts';
import { readCommentValue, readCommentWord } from './comments.ts';
import { createDebugMarks, type DebugMarks } from './debug-marks.ts';
import { createSilentReport, type Place, type Report } from './diagnostics.ts';
import type { Registers } from './expressions.ts';
import {
  type Frame,
  findKeyword,
  firstPlace,
  isInside,
  type Keyword,
  type Line,
  tokenize,
} from './lines.ts';
import { printable, readNumber } from './numbers.ts';
import type { SourceLine } from './source.ts';
import { countWork, expandTokens, isReserved, joinName, type Symbols, spend } from './symbols.ts';
import { readTokens, type Token } from './tokens.ts';

export type InstructionStatement = {
  readonly kind: 'instruction';
  readonly opcode: Opcode;
  /** What follows the opcode. */
  readonly tokens: readonly Token[];
  /** The opcode in the source. */
  readonly place: Place;
  /** Its number, from 0. */
  readonly index: number;
};

export type PlainStatement = {
  readonly kind: 'org' | 'end' | 'pin';
  readonly tokens: readonly Token[];
  readonly place: Place;
  readonly index: number;
};

export type Statement = InstructionStatement | PlainStatement;

type Loop = {
  readonly frame: Frame;
  /** Index of the first line of the block. */
  readonly start: number;
  readonly count: number;
  value: number;
  readonly counter: string | null;
  readonly place: Place;
};

export type CollectContext = {
  readonly symbols: Symbols;
  readonly registers: Registers;
  readonly report: Report;
  readonly maxLength: number;
};

export type Collected = {
  readonly statements: readonly Statement[];
  /** How many opcodes there are, those with a fault included. */
  readonly length: number;
  readonly hasAssert: boolean;
  readonly marks: DebugMarks;
};

/** Reads the lines up to END, repeating what FOR repeats. */
export function collectStatements(
  source: readonly SourceLine[],
  { symbols, registers, report, maxLength }: CollectContext,
): Collected {
  const statements: Statement[] = [];
  const marks = createDebugMarks();
  const frames: Frame[] = [
    {
      lines: source.map((line) => ({ source: line, tokens: null })),
      at: 0,
      equate: null,
      hasRest: false,
    },
  ];
  const loops: Loop[] = [];
  let pending: Token[] = [];
  let lastEquate: Token[][] | null = null;
  let length = 0;
  let hasAssert = false;
  let isDone = false;

  while (!isDone) {
    const frame = frames.at(-1);
    if (frame === undefined) break;
    const line = frame.lines[frame.at++];
    if (line === undefined) closeFrame(frame);
    else readLine(line);
  }
  if (pending.length > 0 && !isDone) {
    const { place } = pending[0]!;
    report.warn(place, `no instruction follows the label '${place.text}'`, 'it stays undefined');
  }
  return { statements, length, hasAssert, marks };

  function closeFrame(frame: Frame): void {
    while (loops.at(-1)?.frame === frame) {
      const { place, counter } = loops.pop()!;
      if (counter !== null) symbols.counters.delete(counter);
      report.warn(place, 'FOR without a ROF', 'what follows is assembled once');
    }
    frames.pop();
  }

  function readLine(line: Line): void {
    const { source } = line;
    if (line.tokens === null) line.tokens = tokenize(source!, report);
    else if (!spend(symbols.budget, countWork(line.tokens), firstPlace(line), report)) {
      // Nothing can be repeated any more: the rest is read once, for its other faults.
      stopLoops();
    }
    if (line.tokens.length > 0) readStatement(line.tokens);
    else if (source?.text.includes(';')) readComment(source);
  }

  function stopLoops(): void {
    for (const loop of loops) loop.value = loop.count;
  }

  function readComment({ text, number }: SourceLine): void {
    const word = readCommentWord(text);
    if (word !== null && word !== 'assert') marks.comment(word, readCommentValue(text).value);
    if (word !== 'assert') return;
    hasAssert = true;
    const { value, at } = readCommentValue(text);
    const tokens = readTokens(value, number, at);
    const place = { line: number, column: 1, text };
    const keyword = tokens.find(({ kind, text }) => kind === 'name' && findKeyword(text));
    if (keyword !== undefined) {
      report.error(keyword.place, `'${keyword.text}' does not belong in an ;assert`);
      return;
    }
    const silent = createSilentReport();
    const isUnseen = lastEquate !== null;
    const expanded = expandTokens(tokens, symbols, silent);
    const result =
      expanded &&
      readNumber(expanded, place, {
        ...{ symbols, report: silent, line: length, origin: length },
        registers: isUnseen ? registers.slice() : registers,
      });
    if (result === null) {
      // pMARS takes `=` and what follows it for `==`, so that such an assertion fails as a rule.
      const say = silent.problem?.startsWith("'='") ? report.error : report.warn;
      say(
        place,
        `this ;assert is not an expression and asserts nothing: ${silent.problem}`,
        silent.hint,
      );
    } else if (result === 0 && isUnseen) {
      report.warn(
        place,
        'this assertion fails, but goes unseen',
        'pMARS passes over comments right after an EQU; write it before, or after an instruction',
      );
    } else if (result === 0) {
      report.error(
        place,
        'this assertion fails',
        'the warrior is written for other settings; see --setting',
      );
    }
  }

  function readStatement(line: readonly Token[]): void {
    let tokens = line;
    let expansions = 0;
    for (let i = 0; i < tokens.length; i++) {
      const token = tokens[i]!;
      if (token.kind !== 'name') {
        if (token.text === ':' && token.isGlued && tokens[i - 1]?.kind === 'name') continue;
        reportUnexpected(token);
        pending = [];
        return;
      }
      const keyword = findKeyword(token.text);
      if (keyword !== undefined) {
        readKeyword(keyword, token, tokens.slice(i + 1));
        return;
      }
      let name: string | null = token.text;
      if (name.includes('&')) name = joinName(token, symbols, report);
      if (name === null) return;
      const lines = symbols.equates.get(name);
      if (symbols.labels.has(name) || symbols.counters.has(name)) {
        report.warn(
          token.place,
          `'${name}' is defined already: this line is ignored`,
          'give the label another name',
        );
        lastEquate = null;
        return;
      }
      if (lines === undefined) {
        addLabel({ ...token, text: name });
        continue;
      }
      expansions++;
      const isOpen = frames.some((frame) => frame.equate === name && isInside(frame));
      if (isOpen || expansions > MAX_EXPANSIONS || frames.length > MAX_EXPANSIONS) {
        report.error(
          token.place,
          `'${name}' is defined through itself`,
          'an EQU must not contain its own name, directly or through others',
        );
        return;
      }
      const put = putIn(name, token, lines, tokens.slice(i + 1));
      if (put === null) return;
      tokens = put;
      i = -1;
    }
  }

  /** The line with the EQU in its place, or null where that makes several lines, or none for want of budget. */
  function putIn(
    name: string,
    use: Token,
    lines: readonly Token[][],
    rest: readonly Token[],
  ): readonly Token[] | null {
    const { place } = use;
    for (const line of lines) {
      if (!spend(symbols.budget, countWork(line), place, report)) return null;
    }
    const copies = lines.map((line) => line.map((token) => ({ ...token, place })));
    const last = copies.at(-1) ?? [];
    const end = last.length - 1;
    if (end >= 0) last[end] = { ...last[end]!, isEnd: true };
    if (!spend(symbols.budget, countWork(rest), place, report)) return null;
    if (copies.length <= 1) return [...last, ...rest];
    copies[copies.length - 1] = [...last, ...rest];
    const fresh = copies.map((tokens) => ({ source: null, tokens }));
    frames.push({ lines: fresh, at: 0, equate: name, hasRest: rest.length > 0 });
    return null;
  }

  function addLabel(token: Token): void {
    if (isReserved(token.text, symbols)) {
      report.error(token.place, `'${token.text}' is predefined and cannot be defined anew`);
      return;
    }
    if (pending.length === MAX_LABELS) {
      report.error(token.place, `more than ${MAX_LABELS} labels for one instruction`);
      return;
    }
    pending.push(token);
    lastEquate = null;
  }

  function readKeyword(keyword: Keyword, token: Token, rest: readonly Token[]): void {
    if (keyword !== 'EQU') lastEquate = null;
    const misplaced = rest.find(({ kind, text }, i) =>
      kind === 'name' && rest[i - 1]?.text !== '.' ? findKeyword(text) !== undefined : false,
    );
    if (misplaced !== undefined && keyword !== 'EQU' && keyword !== 'ROF') {
      report.error(
        misplaced.place,
        `'${misplaced.text}' after ${keyword}: a statement has one keyword, and no label is called so`,
      );
      pending = [];
      if (keyword === 'FOR') openLoop(token, 1, null);
      if (keyword === 'END') isDone = true;
      return;
    }
    switch (keyword) {
      case 'EQU':
        readEquate(token, rest);
        return;
      case 'FOR':
        readFor(token, rest);
        return;
      case 'ROF':
        readRof(token);
        return;
      case 'ORG':
      case 'END':
      case 'PIN':
        readPlain(keyword, token, rest);
        return;
      default:
        readOpcode(keyword, token, rest);
    }
  }

  function readOpcode(opcode: Opcode, { place }: Token, rest: readonly Token[]): void {
    defineLabels(pending);
    if (length === maxLength) {
      report.error(
        place,
        `more than ${maxLength} instructions`,
        'the setting has no room for more; see --setting and -l',
      );
      stopLoops();
      symbols.budget.isSpent = true;
    }
    marks.instruction(length);
    const tokens = expandTokens(rest, symbols, report);
    if (tokens !== null) {
      statements.push({ kind: 'instruction', opcode, tokens, place, index: length });
    }
    length++;
  }

  function readPlain(
    keyword: 'ORG' | 'END' | 'PIN',
    { place }: Token,
    rest: readonly Token[],
  ): void {
    const kind = keyword === 'ORG' ? 'org' : keyword === 'PIN' ? 'pin' : 'end';
    defineLabels(pending);
    const tokens = expandTokens(rest, symbols, report);
    if (tokens !== null) statements.push({ kind, tokens, place, index: length });
    isDone = kind === 'end';
  }

  function readEquate(token: Token, body: readonly Token[]): void {
    if (pending.length > 0) {
      const lines: Token[][] = [[...body]];
      for (const { text } of pending) symbols.equates.set(text, lines);
      lastEquate = lines;
      pending = [];
    } else if (lastEquate !== null) {
      lastEquate.push([...body]);
    } else {
      report.warn(token.place, 'EQU without a name is ignored', 'a name stands before it');
    }
  }

  function readFor(token: Token, rest: readonly Token[]): void {
    const labels = pending;
    const counter = labels.pop() ?? null;
    defineLabels(labels);
    const tokens = expandTokens(rest, symbols, report);
    const count =
      tokens &&
      readNumber(tokens, token.place, {
        ...{ symbols, registers, report, line: length, origin: length },
      });
    // After an error the block is read once, for its other faults.
    openLoop(token, count ?? 1, counter?.text ?? null);
  }

  function openLoop({ place }: Token, count: number, counter: string | null): void {
    const frame = frames.at(-1)!;
    if (loops.length >= MAX_LOOP_DEPTH) {
      report.error(place, `more than ${MAX_LOOP_DEPTH} FOR blocks within one another`);
      skipBlock(frame);
    } else if (count <= 0) {
      skipBlock(frame);
    } else {
      loops.push({ frame, start: frame.at, count, value: 1, counter, place });
      if (symbols.budget.isSpent) stopLoops();
      if (counter !== null) symbols.counters.set(counter, '01');
    }
  }

  /** Goes on after the ROF of a block that is not assembled. */
  function skipBlock(frame: Frame): void {
    let depth = 1;
    while (depth > 0 && frame.at < frame.lines.length) {
      const line = frame.lines[frame.at++]!;
      const isAgain = line.tokens !== null;
      line.tokens ??= tokenize(line.source!, report);
      if (isAgain && !spend(symbols.budget, 1 + line.tokens.length, firstPlace(line), report)) {
        stopLoops();
      }
      for (const { kind, text } of line.tokens) {
        const keyword = kind === 'name' ? findKeyword(text) : undefined;
        if (keyword === undefined) continue;
        if (keyword === 'FOR') depth++;
        else if (keyword === 'ROF') depth--;
        break;
      }
    }
  }

  function readRof({ place }: Token): void {
    const loop = loops.at(-1);
    if (loop === undefined || loop.frame !== frames.at(-1)) {
      report.error(place, 'ROF without a FOR');
      return;
    }
    loop.value++;
    if (loop.value <= loop.count) {
      if (loop.counter !== null) {
        symbols.counters.set(loop.counter, String(loop.value).padStart(2, '0'));
      }
      loop.frame.at = loop.start;
      return;
    }
    loops.pop();
    if (loop.counter !== null) symbols.counters.delete(loop.counter);
  }

  function defineLabels(labels: readonly Token[]): void {
    for (const { text } of labels) symbols.labels.set(text, length);
    pending = [];
  }

  function reportUnexpected({ text, place, kind }: Token): void {
    report.error(
      place,
      `'${printable(text)}' where a label or an opcode should be`,
      kind === 'number' ? 'an opcode is missing or misspelt' : undefined,
    );
  }
}

/** EQUs that may be put in for the first words of one line. */
const MAX_EXPANSIONS = 200;
