// The generator that pMARS 0.9.5 places warriors by where `-F` is given text: a variant of RC5 in counter mode.

/** Words of 32 bits, 12 rounds, a key of two words. */
const ROUNDS = 12;
const TABLE_SIZE = 2 * (ROUNDS + 1);
const P = 0xb7e1_5163;
const Q = 0x9e37_79b9;
const HIGHEST = 0x7fff_ffff;

/**
 * Numbers of 31 bits: each is half of an encrypted counter, which begins at 0.
 *
 * Source: Rivest, The RC5 encryption algorithm (1994), as RC5-32/12/8, except for the rotation.
 *
 * @param text the key, with a character per byte; bytes beyond the eighth are combined with those before
 */
export function createRc5Series(text: string): () => number {
  const table = expandKey(readKey(text));
  let counter = 0;
  return () => encrypt(table, 0, counter++) & HIGHEST;
}

function readKey(text: string): [number, number] {
  const key: [number, number] = [0, 0];
  for (let i = 0; i < text.length; i++) {
    key[(i >> 2) & 1] = key[(i >> 2) & 1]! ^ (text.charCodeAt(i) << (8 * (i & 3)));
  }
  return key;
}

function expandKey(key: [number, number]): Int32Array {
  const table = new Int32Array(TABLE_SIZE);
  for (let i = 0; i < TABLE_SIZE; i++) table[i] = (P + Math.imul(i, Q)) | 0;
  let [a, b] = [0, 0];
  for (let step = 0; step < 3 * TABLE_SIZE; step++) {
    const i = step % TABLE_SIZE;
    a = shiftBothWays((table[i]! + a + b) | 0, 3);
    table[i] = a;
    const sum = (a + b) | 0;
    b = shiftBothWays((key[step & 1]! + sum) | 0, sum);
    key[step & 1] = b;
  }
  return table;
}

/** The second word of the encrypted pair. */
function encrypt(table: Int32Array, first: number, second: number): number {
  let a = (first + table[0]!) | 0;
  let b = (second + table[1]!) | 0;
  for (let round = 1; round <= ROUNDS; round++) {
    a = (shiftBothWays(a ^ b, b) + table[2 * round]!) | 0;
    b = (shiftBothWays(b ^ a, a) + table[2 * round + 1]!) | 0;
  }
  return b;
}

/** In place of RC5's rotation: pMARS shifts both ways by the same number of bits, and its series depend on that. */
function shiftBothWays(word: number, by: number): number {
  return (word << (by & 31)) | (word >>> (by & 31));
}
