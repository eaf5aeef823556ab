import { describe, expect, test } from 'vitest';
import { hashTokens } from '../../test/support/tokens.ts';
import { keyFromSeed, mean } from '../core/index.ts';
import { createDfaWorld, type Dfa, traceDfa } from './dfa.ts';
import { drawSequence } from './world.ts';

describe('the world of random automata', () => {
  test('every transition of a sequence is legal under its automaton, and strings have lengths in range', () => {
    const world = createDfaWorld({ sequenceLength: 600 });
    const lengths: number[] = [];
    for (let i = 0; i < 100; i++) {
      const { rule, tokens } = drawSequence(world, keyFromSeed(5), i);
      expect(traceDfa(rule, tokens, 18)).toHaveLength(600);
      const strings = [...tokens]
        .map((token) => (token === 18 ? '|' : '.'))
        .join('')
        .split('|');
      lengths.push(...strings.slice(0, -1).map(({ length }) => length));
    }
    expect(Math.min(...lengths)).toBe(1);
    expect(Math.max(...lengths)).toBe(50);
    // Strings that a sequence's end cuts are the longer ones, so the mean of whole ones is below 25.5.
    expect(mean(lengths)).toBeGreaterThan(22);
    expect(mean(lengths)).toBeLessThan(25.5);
  });

  test("a sequence is not legal under another one's automaton", () => {
    const world = createDfaWorld({ sequenceLength: 200 });
    const drawn = Array.from({ length: 30 }, (_, i) => drawSequence(world, keyFromSeed(5), i));
    const legal = drawn.filter(
      ({ tokens }, i) => traceDfa(drawn[(i + 1) % 30]!.rule, tokens, 18).length === 200,
    );
    expect(legal).toHaveLength(0);
  });

  test('automata have the sizes asked for, each as often as another', () => {
    const world = createDfaWorld();
    const automata = Array.from({ length: 3000 }, (_, i) => world.sample(keyFromSeed(i)));
    const states = automata.map(({ edges }) => edges.length);
    const counts = Array.from({ length: 9 }, (_, i) => states.filter((n) => n === i + 4).length);
    expect(counts.reduce((a, b) => a + b, 0)).toBe(3000);
    const chiSquared = counts.reduce((sum, n) => sum + (n - 3000 / 9) ** 2 / (3000 / 9), 0);
    // 8 degrees of freedom: 26.1 is exceeded once in a thousand.
    expect(chiSquared).toBeLessThan(26.1);
    for (const { edges } of automata.slice(0, 300)) {
      const used = new Set(edges.flat().map(({ symbol }) => symbol));
      expect(used.size).toBeLessThanOrEqual(18);
      for (const own of edges) {
        expect(own.length >= 1 && own.length <= 4).toBe(true);
        expect(new Set(own.map(({ symbol }) => symbol)).size).toBe(own.length);
        expect(new Set(own.map(({ next }) => next)).size).toBe(own.length);
        expect(Math.max(...own.map(({ next }) => next))).toBeLessThan(edges.length);
      }
    }
    const degrees = automata.flatMap(({ edges }) => edges.map(({ length }) => length));
    expect(Math.abs(mean(degrees) - 2.5)).toBeLessThan(0.03);
  });

  test('the entropy of a known automaton is what its stationary walk has', () => {
    // State 0 stays on symbol 0 or goes to 1 on symbol 1, one half each; state 1 returns on symbol 2.
    const dfa: Dfa = {
      edges: [
        [
          { symbol: 0, next: 0 },
          { symbol: 1, next: 1 },
        ],
        [{ symbol: 2, next: 0 }],
      ],
    };
    const length = 60_000;
    const world = createDfaWorld({
      symbols: 4,
      minLength: length,
      maxLength: length,
      sequenceLength: length,
    });
    const { tokens } = world.rollout(dfa, keyFromSeed(2));
    // Two thirds of the time in state 0: the entropy rate is 2/3 ln 2 nats a symbol. State and symbol being known
    // from the symbol before (1 leads to state 1, all others to 0), it is the entropy of a symbol given the last.
    const pairs = new Map<string, number>();
    const firsts = new Map<number, number>();
    for (let t = 1; t < length; t++) {
      const pair = `${tokens[t - 1]} ${tokens[t]}`;
      pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
      firsts.set(tokens[t - 1]!, (firsts.get(tokens[t - 1]!) ?? 0) + 1);
    }
    let entropy = 0;
    for (const [pair, count] of pairs) {
      entropy -= (count / (length - 1)) * Math.log(count / firsts.get(Number(pair.split(' ')[0]))!);
    }
    expect(entropy).toBeCloseTo((2 / 3) * Math.LN2, 2);
    const trace = traceDfa(dfa, tokens, 4);
    expect(trace.filter((state) => state === 0).length / length).toBeCloseTo(2 / 3, 2);
  });

  test('a trace ends where the automaton does not go on', () => {
    const dfa: Dfa = { edges: [[{ symbol: 0, next: 1 }], [{ symbol: 1, next: 0 }]] };
    expect(traceDfa(dfa, [0, 1, 0, 9, 0, 1], 9)).toEqual([0, 1, 0, 1, 0, 1]);
    expect(traceDfa(dfa, [0, 0, 1], 9)).toEqual([0]);
  });

  test('infers in context, without frames, and its bits never change', () => {
    const world = createDfaWorld({ sequenceLength: 257 });
    expect(world).toMatchObject({
      learnable: 'in-context',
      vocabSize: 19,
      frame: null,
      frameLength: 33,
      firstTarget: 1,
    });
    const { tokens, states } = drawSequence(world, keyFromSeed(0), 0);
    expect(world.encode(world.decode(tokens))).toEqual(tokens);
    expect(world.planes(states)).toMatchObject([{ width: 33, height: 8 }]);
    expect(world.render(states)).toMatchObject({ width: 132, height: 32 });
    expect(hashTokens(tokens)).toBe(525717660);
  });

  test('small alphabets and few states bound the edges', () => {
    const one = createDfaWorld({ minStates: 1, maxStates: 1, symbols: 2, minSymbols: 2 });
    for (let i = 0; i < 20; i++) expect(one.sample(keyFromSeed(i)).edges[0]).toHaveLength(1);
  });

  test('refuses what cannot be', () => {
    expect(() => createDfaWorld({ minStates: 13 })).toThrow(/minStates 13 is above maxStates 12/);
    expect(() => createDfaWorld({ maxEdges: 0 })).toThrow(/maxEdges is 0/);
    expect(() => createDfaWorld({ symbols: 3 })).toThrow(/minSymbols 4 is above symbols 3/);
  });
});
