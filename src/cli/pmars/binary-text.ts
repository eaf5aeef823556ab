// Text with a character per byte: what pMARS reads is printed byte for byte, in whatever encoding it is.

import { Buffer } from 'node:buffer';

/** UTF-8 with a character per byte. */
export function toBinaryText(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** The text that its bytes stand for in UTF-8. */
export function fromBinaryText(binary: string): string {
  return Buffer.from(binary, 'latin1').toString('utf8');
}
