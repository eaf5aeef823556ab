// The best prediction of an automaton without noise whose rule is one of a list.

import { type CellFormat, cellLayout, decodeCellFrames, encodeCellPatches } from './cells.ts';
import type { Predictor } from './predictor.ts';

/**
 * Keeps the rules that agree with all transitions seen so far, all equally probable at first, and predicts what follows under
 * them. Frames begin at position 0; the first one is predicted uniformly, and a delimiter with certainty.
 *
 * @param step the cells `[height, width]` that follow others under a rule
 */
export function createRuleOracle<Rule>(
  format: CellFormat,
  rules: readonly Rule[],
  step: (rule: Rule, cells: Uint8Array) => Uint8Array,
): Predictor {
  const { frameLength, startToken } = cellLayout(format);
  let position = 0;
  let frame = new Int32Array(frameLength);
  /** For each rule that is still possible, the tokens of the frame under way, `[patches]`. */
  let candidates: { readonly rule: Rule; readonly tokens: Int32Array | null }[] = [];
  const beginFrame = () => {
    if (position === 0) return;
    const { cells } = decodeCellFrames(format, frame);
    candidates = candidates.map(({ rule }) => ({
      rule,
      tokens: encodeCellPatches(format, step(rule, cells), 0, 1),
    }));
  };
  return {
    reset() {
      position = 0;
      frame = new Int32Array(frameLength);
      candidates = rules.map((rule) => ({ rule, tokens: null }));
    },
    logProbability(token) {
      const place = position % frameLength;
      if (place === 0 || place === frameLength - 1) return 0;
      if (position < frameLength) return -Math.log(startToken);
      const agree = candidates.filter(({ tokens }) => tokens![place - 1] === token).length;
      return Math.log(agree / candidates.length);
    },
    observe(token) {
      const place = position % frameLength;
      if (place === 0) beginFrame();
      else if (place < frameLength - 1 && position >= frameLength) {
        candidates = candidates.filter(({ tokens }) => tokens![place - 1] === token);
      }
      frame[place] = token;
      position += 1;
    },
  };
}
