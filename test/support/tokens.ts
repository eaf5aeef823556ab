// What tests ask of token sequences.

/** FNV-1a over 32-bit words: names a sequence whose bits must never change. */
export function hashTokens(words: Int32Array): number {
  return words.reduce((h, word) => Math.imul(h ^ word, 16_777_619), 0x811c9dc5 | 0) >>> 0;
}

export function sortTokens(tokens: Int32Array): Int32Array {
  return tokens.slice().sort();
}
