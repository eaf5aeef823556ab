// The strings of an automaton as walks through its states.

import type { Dfa } from '../../../src/worlds/index.ts';

export type Walk = {
  /** Place of its first token in the sequence. */
  readonly first: number;
  /** States from the first on, one more than symbols. */
  readonly states: readonly number[];
  readonly symbols: readonly number[];
};

/** The strings of a sequence with the states that they pass; the last string may be cut. */
export function walkStrings(
  { edges }: Pick<Dfa, 'edges'>,
  tokens: ArrayLike<number>,
  delimiter: number,
): Walk[] {
  const walks: Walk[] = [];
  let [first, states, symbols]: [number, number[], number[]] = [0, [0], []];
  for (let t = 0; t < tokens.length; t++) {
    const token = tokens[t]!;
    if (token === delimiter) {
      walks.push({ first, states, symbols });
      [first, states, symbols] = [t + 1, [0], []];
      continue;
    }
    const next = edges[states.at(-1)!]?.find(({ symbol }) => symbol === token)?.next;
    if (next === undefined) break;
    symbols.push(token);
    states.push(next);
  }
  return symbols.length > 0 ? [...walks, { first, states, symbols }] : walks;
}
