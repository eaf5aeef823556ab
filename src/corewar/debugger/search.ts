// The wildcards of `search`.

/**
 * Whether a pattern is found somewhere in a line. Case and spaces do not matter; `*` stands for any text, `?` for one
 * character. Takes time in proportion to line times pattern.
 */
export function matchesPattern(pattern: string, line: string): boolean {
  const text = simplify(line);
  let at = 0;
  for (const piece of simplify(pattern).split('*')) {
    const found = findPiece(text, piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return true;
}

function simplify(text: string): string {
  return text.replace(/\s/g, '').toUpperCase();
}

function findPiece(text: string, piece: string, from: number): number {
  for (let start = from; start + piece.length <= text.length; start++) {
    let length = 0;
    while (
      length < piece.length &&
      (piece[length] === '?' || piece[length] === text[start + length])
    ) {
      length++;
    }
    if (length === piece.length) return start;
  }
  return -1;
}
