// The number that pMARS makes of what follows `-F`.

const ZERO = '0'.charCodeAt(0);

/** Digits as a number of 32 bits with a sign; other bytes count as if they were digits. `text` has a character per byte. */
export function positionNumber(text: string): number {
  let number = 0;
  for (let i = 0; i < text.length; i++) {
    number = (Math.imul(number, 10) + text.charCodeAt(i) - ZERO) | 0;
  }
  return number;
}
