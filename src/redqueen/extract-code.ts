// Finds Redcode in what a language model wrote.

import { stripControlCharacters } from '../core/index.ts';

/** A mnemonic at the beginning of a line, perhaps after a label: the sign of Redcode outside fences. */
const MNEMONIC =
  /^\s*(?:[A-Za-z_]\w*:?\s+)?(?:DAT|MOV|ADD|SUB|MUL|DIV|MOD|JMP|JMZ|JMN|DJN|SPL|SLT|CMP|SEQ|SNE|NOP|LDP|STP)\b/i;
/** Characters of an answer that are searched. */
const MOST_CHARACTERS = 200_000;

/**
 * The last fenced block that holds an instruction, or else the lines from the first `;redcode` or instruction on, as long
 * as they look like Redcode; null if there is none. Without control characters, and never longer than the answer's first 200,000 characters.
 */
export function extractCode(answer: string): string | null {
  const text = stripControlCharacters(answer.slice(0, MOST_CHARACTERS));
  const blocks = listBlocks(text).filter(holdsInstruction);
  if (blocks.length > 0) return blocks.at(-1)!;
  const lines = text.split(/\r?\n/);
  const first = lines.findIndex((line) => /^\s*;\s*redcode/i.test(line) || MNEMONIC.test(line));
  if (first < 0) return null;
  const rest = lines.slice(first);
  const end = rest.findIndex((line) => /^\s*[A-Z][a-z]+(?:\s+[a-z]+){2}/.test(line));
  const code = (end < 0 ? rest : rest.slice(0, end)).join('\n').trim();
  return holdsInstruction(code) ? code : null;
}

/** Insides of fenced blocks; one that is never closed reaches to the end. */
function listBlocks(text: string): string[] {
  const blocks: string[] = [];
  let open: string[] | null = null;
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*(?:```|~~~)/.test(line)) {
      if (open) blocks.push(open.join('\n').trim());
      open = open ? null : [];
    } else open?.push(line);
  }
  if (open) blocks.push(open.join('\n').trim());
  return blocks;
}

function holdsInstruction(code: string): boolean {
  return code.split('\n').some((line) => MNEMONIC.test(line));
}
