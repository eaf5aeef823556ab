// Strings of random deterministic automata, one automaton per sequence: in-context language learning.

import { z } from 'zod';
import { foldIn, type Key, permutation, randomInt, threefry } from '../core/index.ts';
import { checkInteger, fillOptions, refuseOption } from './check-options.ts';
import { count } from './count.ts';
import { defineWorld } from './define-world.ts';
import { renderPlanes, tokenPlane } from './plane.ts';
import { chunkLength, type World } from './world.ts';

const options = z.strictObject({
  minStates: count
    .default(4)
    .describe(
      'Fewest states of an automaton; the number is uniform between minStates and maxStates.',
    ),
  maxStates: count.default(12).describe('Most states of an automaton.'),
  symbols: count.default(18).describe('Size of the alphabet; an automaton uses a part of it.'),
  minSymbols: count
    .default(4)
    .describe(
      'Fewest symbols that an automaton uses; the number is uniform between minSymbols and symbols.',
    ),
  maxEdges: count
    .default(4)
    .describe('Most edges that leave a state; the number is uniform between 1 and maxEdges.'),
  minLength: count
    .default(1)
    .describe('Fewest symbols in a string; the number is uniform between minLength and maxLength.'),
  maxLength: count.default(50).describe('Most symbols in a string.'),
});

/** Settings of a world of random automata; the defaults are the ranges of arXiv 2401.12973. */
export type DfaOptions = z.output<typeof options> & {
  /** Tokens in a sequence; the last string is cut there. */
  readonly sequenceLength: number;
};

export const DFA_DEFAULTS: DfaOptions = {
  ...options.parse({}),
  sequenceLength: 1024,
};

export type DfaEdge = { readonly symbol: number; readonly next: number };

/** The edges that leave each state; no two edges of a state have one symbol. Strings begin in state 0. */
export type Dfa = { readonly edges: readonly (readonly DfaEdge[])[] };

export type DfaStates = { readonly tokens: Int32Array };

export type DfaWorld = World<Dfa, DfaStates> & { readonly options: DfaOptions };

/**
 * Strings sampled from a random automaton, one after the other, each followed by a delimiter (token `symbols`): the
 * model problem of in-context language learning (Akyürek et al. 2024, arXiv 2401.12973). Every sequence has its own
 * automaton, and all strings of a sequence are of that one. A string walks from state 0 and takes each edge that
 * leaves a state with the same probability.
 *
 * Deviations from the paper: a sequence is filled with strings, where the paper has 10 to 20 of them; automata are not
 * minimized, states that cannot be reached are simply never visited, and training and held-out automata are drawn from
 * one distribution by different keys, not kept apart by comparing them.
 *
 * @throws UserError for wrong options
 */
export function createDfaWorld(given: Partial<DfaOptions> = {}): DfaWorld {
  const options = fillOptions('dfa', DFA_DEFAULTS, given);
  checkOptions(options);
  const { minStates, maxStates, symbols, sequenceLength } = options;
  const width = chunkLength(sequenceLength);
  return {
    name: 'dfa',
    description: `dfa: ${minStates} to ${maxStates} states, ${symbols} symbols`,
    options,
    learnable: 'in-context',
    freshRules: true,
    vocabSize: symbols + 1,
    sequenceLength,
    frame: null,
    frameLength: width,
    firstTarget: 1,
    sample: (key) => sampleDfa(options, key),
    rollout: (dfa, key) => ({ tokens: sampleStrings(options, dfa, key) }),
    accept: () => true,
    encode: ({ tokens }) => tokens,
    decode: (tokens) => ({ tokens: Int32Array.from(tokens) }),
    render: ({ tokens }) => renderPlanes([tokenPlane(tokens, width)]),
    planes: ({ tokens }) => [tokenPlane(tokens, width)],
  };
}

/** Random finite automata as a kind (arXiv 2401.12973). */
export const dfa = defineWorld({
  kind: 'dfa',
  source: 'arXiv 2401.12973',
  description: 'Strings of random finite automata, one automaton per sequence.',
  options,
  create: (given, { sequenceLength }) => createDfaWorld({ ...given, sequenceLength }),
});

/** A random automaton: of each state's edges, symbols differ and so do the states they lead to. */
export function sampleDfa(options: DfaOptions, key: Key): Dfa {
  const between = (name: string, low: number, high: number) =>
    low + randomInt(foldIn(key, name), high - low + 1);
  const states = between('states', options.minStates, options.maxStates);
  const used = between('alphabet size', options.minSymbols, options.symbols);
  const alphabet = permutation(foldIn(key, 'alphabet'), options.symbols).subarray(0, used);
  const edges = Array.from({ length: states }, (_, state) => {
    const stateKey = foldIn(foldIn(key, 'edges'), state);
    const most = Math.min(options.maxEdges, states, used);
    const count = 1 + randomInt(foldIn(stateKey, 'count'), most);
    const symbols = permutation(foldIn(stateKey, 'symbols'), used);
    const targets = permutation(foldIn(stateKey, 'targets'), states);
    return Array.from({ length: count }, (_unused, i) => ({
      symbol: alphabet[symbols[i]!]!,
      next: targets[i]!,
    }));
  });
  return { edges };
}

function sampleStrings(options: DfaOptions, { edges }: Dfa, key: Key): Int32Array {
  const { symbols, minLength, maxLength, sequenceLength } = options;
  const tokens = new Int32Array(sequenceLength);
  const lengthKey = foldIn(key, 'lengths');
  const stepKey = foldIn(key, 'steps');
  const words = new Uint32Array(2);
  let state = 0;
  let strings = 0;
  let left = -1;
  for (let t = 0; t < sequenceLength; t++) {
    if (left < 0) {
      state = 0;
      left = minLength + randomInt(foldIn(lengthKey, strings++), maxLength - minLength + 1);
    }
    if (left-- === 0) {
      tokens[t] = symbols;
      continue;
    }
    threefry(stepKey, t, 0, words);
    const choices = edges[state]!;
    const { symbol, next } = choices[Math.floor(words[0]! * 2 ** -32 * choices.length)]!;
    tokens[t] = symbol;
    state = next;
  }
  return tokens;
}

/**
 * The state before each token of strings that `delimiter` ends, as far as the automaton allows them; shorter than
 * `tokens` where it does not.
 */
export function traceDfa({ edges }: Dfa, tokens: ArrayLike<number>, delimiter: number): number[] {
  const trace: number[] = [];
  let state = 0;
  for (let t = 0; t < tokens.length; t++) {
    if (tokens[t] === delimiter) {
      trace.push(state);
      state = 0;
      continue;
    }
    const edge = edges[state]!.find(({ symbol }) => symbol === tokens[t]);
    if (!edge) return trace;
    trace.push(state);
    state = edge.next;
  }
  return trace;
}

function checkOptions(options: DfaOptions): void {
  const check = (name: keyof DfaOptions, low: number, high: number) =>
    checkInteger('dfa', name, options[name], low, high);
  check('maxStates', 1, 4096);
  check('minStates', 1, 4096);
  check('symbols', 1, 2 ** 16);
  check('minSymbols', 1, 2 ** 16);
  check('maxEdges', 1, 4096);
  check('minLength', 1, 2 ** 31);
  check('maxLength', 1, 2 ** 31);
  check('sequenceLength', 2, 2 ** 31);
  for (const [low, high] of [
    ['minStates', 'maxStates'],
    ['minSymbols', 'symbols'],
    ['minLength', 'maxLength'],
  ] as const) {
    if (options[low] <= options[high]) continue;
    refuseOption(
      'dfa',
      `${low} ${options[low]} is above ${high} ${options[high]}`,
      'give the smaller one as the minimum',
    );
  }
}
