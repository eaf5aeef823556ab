// What people and language models write that is no Redcode, and what to do about it.

import { nearestName } from '../../core/index.ts';
import { OPCODES } from '../instruction.ts';

/** Other assemblers' names for what Redcode has. */
const SYNONYMS: Readonly<Record<string, string>> = {
  JZ: 'JMZ',
  JNZ: 'JMN',
  BNE: 'SNE',
  BEQ: 'SEQ',
  JEQ: 'SEQ',
  JNE: 'SNE',
  GOTO: 'JMP',
  BRA: 'JMP',
  FORK: 'SPL',
  HLT: 'DAT',
  HALT: 'DAT',
  DB: 'DAT',
  DW: 'DAT',
  LD: 'MOV',
};

const MAX_OPCODE = 8;

/** The opcode that a name was meant to be: another assembler's word for one, or a slip of the keys. */
export function nearOpcode(name: string): string | undefined {
  if (name.length < 2 || name.length > MAX_OPCODE) return undefined;
  const upper = name.toUpperCase();
  const known = SYNONYMS[upper];
  if (known !== undefined) return known;
  const letters = [...upper].sort().join('');
  const anagram = OPCODES.find((opcode) => [...opcode].sort().join('') === letters);
  if (anagram !== undefined) return anagram;
  const longer = OPCODES.find((opcode) => upper.startsWith(opcode) || opcode.startsWith(upper));
  return longer ?? OPCODES.find((opcode) => isOneOff(upper, opcode));
}

/** True where one letter is wrong, missing or too many. */
function isOneOff(name: string, opcode: string): boolean {
  if (Math.abs(name.length - opcode.length) > 1) return false;
  let start = 0;
  while (start < opcode.length && name[start] === opcode[start]) start++;
  let end = 0;
  const rest = Math.min(name.length, opcode.length) - start;
  while (end < rest && name.at(-1 - end) === opcode.at(-1 - end)) end++;
  return Math.max(name.length, opcode.length) - start - end <= 1;
}

const MAX_NAME = 32;

/** The name among `names` that an unknown one was meant to be. */
export function nearName(name: string, names: readonly string[]): string | undefined {
  if (name.length > MAX_NAME) return undefined;
  const candidates = names.filter(({ length }) => length <= MAX_NAME);
  const lower = name.toLowerCase();
  return candidates.find((one) => one.toLowerCase() === lower) ?? nearestName(name, candidates);
}

const CHARACTERS: readonly (readonly [characters: string, hint: string])[] = [
  ['“”„‟«»"\'‘’‚‛´', 'Redcode has no quotation marks; leave them out'],
  ['–—−‐‑‒', "write '-'"],
  ['×∗', "write '*'"],
  ['÷', "write '/'"],
  ['，', "write ','"],
  [
    '\u00a0\u2002\u2003\u2007\u2009\u202f\u3000',
    'this is a no-break or wide space; type a plain one',
  ],
  ['\u200b\u200c\u200d\u2060', 'this is an invisible character; delete it'],
  ['\ufeff', 'the file begins with a byte order mark; save it as UTF-8 without one'],
  ['`', 'backticks are Markdown, not Redcode; leave them out'],
  ['\\', "a line continues if '\\' is its very last character"],
  ['\u001a', 'this is the end mark of old DOS files; delete it'],
];

/** What to do about a character that Redcode does not have. */
export function explainCharacter(character: string): string | undefined {
  return CHARACTERS.find(([characters]) => characters.includes(character))?.[1];
}

type EncodingProblem = {
  readonly problem: string;
  readonly hint: string;
  /** False where pMARS takes it, for what it makes of it. */
  readonly isFatal: boolean;
};

const SAVE_AS = { hint: 'save it as UTF-8 or plain ASCII' };

/** What is wrong with a text of two bytes per character that was read as one of single bytes; null if it is none. */
export function explainEncoding(text: string): EncodingProblem | null {
  const start = text.slice(0, 2);
  if ((start === 'ÿþ' || start === 'þÿ') && text.includes('\0')) {
    return { problem: 'the file is UTF-16', ...SAVE_AS, isFatal: true };
  }
  const sample = text.slice(0, 200);
  const pairs = sample.match(/[ -~\t\r\n]\0|\0[ -~\t\r\n]/g)?.length ?? 0;
  if (pairs < 4 || pairs * 5 < sample.length * 2) return null;
  return { problem: 'the file looks like UTF-16', ...SAVE_AS, isFatal: false };
}

/** A character that shows, or its code. */
export function printable(text: string): string {
  const code = text.codePointAt(0) ?? 0;
  if (code >= 32 && code < 127) return text;
  const isPlain = code > 160 && !/[\p{C}\p{Z}]/u.test(text);
  return isPlain ? text : `\\x${code.toString(16).padStart(2, '0')}`;
}
