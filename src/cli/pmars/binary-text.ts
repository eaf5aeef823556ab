// Text with one character per byte, so that input of any encoding is printed byte for byte, as pMARS does.

import { Buffer } from 'node:buffer';

/** UTF-8 with a character per byte. */
export function toBinaryText(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** The text that the bytes represent in UTF-8. */
export function fromBinaryText(binary: string): string {
  return Buffer.from(binary, 'latin1').toString('utf8');
}
