// Which bracket closes which.

/** Places of brackets that close, with those of the brackets that they close. */
export function pairBrackets(types: number, tokens: ArrayLike<number>): [number, number][] {
  const open: number[] = [];
  const pairs: [number, number][] = [];
  for (let t = 0; t < tokens.length; t++) {
    if (tokens[t]! < types) open.push(t);
    else {
      const from = open.pop();
      if (from !== undefined) pairs.push([from, t]);
    }
  }
  return pairs;
}
