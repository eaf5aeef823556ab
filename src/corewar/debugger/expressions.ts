// Expressions of the debugger: the assembler's, with addresses, fields of cells and labels put in.

import { nearestName, UserError } from '../../core/index.ts';
import { evaluateExpression, type Registers } from '../parse/expressions.ts';

/** What the names in an expression stand for. Numbers may be negative. */
export type ExpressionContext = {
  /** The address shown last, `.`. */
  readonly current: number;
  /** The last address, `$`. */
  readonly last: number;
  /** Field of the cell at an address; `A` and `B` alone ask for that of `current`. */
  readonly field: (name: 'a' | 'b', address: number) => number;
  /** Field of what is shown at `current`. */
  readonly currentField: (name: 'a' | 'b') => number;
  /** The next address of a warrior, from 0; of the one that runs next without it. Undefined if there is no such warrior. */
  readonly counter: (warrior?: number) => number | undefined;
  readonly cycle: number;
  readonly round: number;
  readonly lines: number;
  /** The address of a label; of a certain warrior's, from 0, where it is given. */
  readonly label: (name: string, warrior?: number) => number | undefined;
  /** Labels to suggest. */
  readonly labelNames: () => readonly string[];
  /** The variables A to Z; those of the assembler. */
  readonly registers: Registers;
};

const MAX_TEXT = 8192;
const MAX_DEPTH = 20;
const PIECE = /\s+|\d+:([A-Za-z_]\w*)|\d+|([AaBb])\[|[A-Za-z_]\w*|[\s\S]/gy;

/**
 * The value of an expression; one that begins with a sign counts from the current address.
 *
 * @throws UserError saying what is wrong with it
 */
export function evaluate(text: string, context: ExpressionContext): number {
  const trimmed = text.trim();
  return evaluateAbsolute(/^[-+]/.test(trimmed) ? `.${trimmed}` : trimmed, context);
}

/** The same where a sign is only a sign. */
export function evaluateAbsolute(text: string, context: ExpressionContext, depth = 0): number {
  if (text.length > MAX_TEXT || depth > MAX_DEPTH)
    throw new UserError('the expression is too long');
  const result = evaluateExpression(substitute(text, context, depth), context.registers);
  if ('value' in result) return Number(result.value);
  const hint = result.hint === undefined ? {} : { hint: result.hint };
  throw new UserError(`"${text.trim().slice(0, 60)}": ${result.problem}`, hint);
}

function substitute(text: string, context: ExpressionContext, depth: number): string {
  let out = '';
  PIECE.lastIndex = 0;
  const pattern = new RegExp(PIECE);
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const [piece, label, field] = match;
    if (field !== undefined) {
      const end = findBracket(text, pattern.lastIndex);
      const inside = evaluateAbsolute(text.slice(pattern.lastIndex, end), context, depth + 1);
      out += number(context.field(field.toLowerCase() as 'a' | 'b', inside));
      pattern.lastIndex = end + 1;
    } else if (label !== undefined) {
      const warrior = Number(piece.slice(0, piece.indexOf(':'))) - 1;
      out += number(context.label(label, warrior) ?? unknown(piece, context));
    } else if (piece.trim() === '') out += ' ';
    else if (piece === '.') out += number(context.current);
    else if (piece === '$') out += number(context.last);
    else if (/^[A-Za-z_]/.test(piece)) out += readName(piece, context);
    else out += piece;
  }
  return out;
}

function readName(name: string, context: ExpressionContext): string {
  const special = readSpecial(name, context);
  if (special !== undefined) return number(special);
  const address = context.label(name);
  // A letter after C is a variable; a label of that name goes by 1:NAME.
  if (/^[A-Za-z]$/.test(name)) return name;
  return number(address ?? unknown(name, context));
}

function readSpecial(name: string, context: ExpressionContext): number | undefined {
  const upper = name.toUpperCase();
  if (upper === 'A' || upper === 'B') return context.currentField(upper === 'A' ? 'a' : 'b');
  if (upper === 'PC') return context.counter();
  if (/^PC\d{1,3}$/.test(upper)) {
    const value = context.counter(Number(upper.slice(2)) - 1);
    if (value === undefined) throw new UserError(`${name}: there is no warrior ${upper.slice(2)}`);
    return value;
  }
  if (upper === 'CYCLE') return context.cycle;
  if (upper === 'ROUND') return context.round;
  return upper === 'LINES' ? context.lines : undefined;
}

function findBracket(text: string, from: number): number {
  let depth = 1;
  for (let i = from; i < text.length; i++) {
    if (text[i] === '[') depth++;
    else if (text[i] === ']' && --depth === 0) return i;
  }
  throw new UserError("'[' without a ']'");
}

function number(value: number): string {
  return value < 0 ? `(0-${-value}) ` : `${value} `;
}

function unknown(name: string, context: ExpressionContext): never {
  const near = nearestName(name.slice(0, 40), [
    ...context.labelNames(),
    'PC',
    'CYCLE',
    'ROUND',
    'LINES',
  ]);
  throw new UserError(`"${name.slice(0, 40)}" is neither a label nor a variable`, {
    hint:
      near === undefined
        ? 'labels lists the labels; variables are C to Z'
        : `did you mean ${near}?`,
  });
}
