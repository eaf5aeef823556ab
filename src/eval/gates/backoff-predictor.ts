// Predictions from counts: what followed a context, backed off to shorter contexts, to the sequence's own frequencies and to
// the global ones.

import type { Predictor } from '../../worlds/predictor.ts';
import { isDelimiter, maskTargets } from '../../worlds/world.ts';
import type { Contexts } from './contexts.ts';
import { CountTable, mixHash } from './count-table.ts';
import type { GateWorld } from './gate-world.ts';
import { type CountedEvents, chooseWeights } from './prior-weights.ts';

/**
 * A predictor whose probability of a symbol x after context c of level k is
 * (count(c, x) + w_k · P(x at level k − 1)) / (count(c) + w_k). The lowest level has the frequencies of the sequence so far, with
 * weight w_0 on the global ones. A token's probability is the product over its symbols. A delimiter, whose place is known, has
 * probability 1.
 */
export type BackoffPredictor = Predictor & {
  /** w_0, w_1, ..., one weight per level; chosen by `fit`. */
  readonly weights: readonly number[];
};

export type BackoffOptions = {
  /**
   * Training sequences. They give the global frequencies, and the weights with which the last of them (at most a quarter) are
   * predicted best.
   */
  readonly training: readonly Int32Array[];
  /** Whether counts of the training sequences are kept, below those of the sequence itself. */
  readonly remember: boolean;
  /** In place of weights chosen on training sequences. */
  readonly weights?: readonly number[] | undefined;
};

/** Upper limits of the sequences and tokens on which weights are chosen; more would hardly change the weights. */
const FITTED_SEQUENCES = 64;
const FITTED_TOKENS = 2 ** 15;

function countFitted(sequenceLength: number, training: number): number {
  const enough = Math.max(FITTED_SEQUENCES / 4, Math.floor(FITTED_TOKENS / sequenceLength));
  return Math.min(FITTED_SEQUENCES, enough, Math.ceil(training / 4));
}

export function createBackoffPredictor(
  world: GateWorld,
  contexts: Contexts,
  { training, remember, weights }: BackoffOptions,
): BackoffPredictor {
  const apart = countFitted(world.sequenceLength, training.length);
  if (weights === undefined) {
    // If training sequences are remembered, weights are chosen on sequences that are not.
    const kept = remember ? training.slice(0, training.length - apart) : training;
    const counter = new ContextCounter(world, contexts, kept, remember);
    const chosen = chooseWeights(countEvents(counter, world, training.slice(-apart)));
    if (!remember) return toPredictor(counter, chosen);
    return toPredictor(new ContextCounter(world, contexts, training, remember), chosen);
  }
  return toPredictor(new ContextCounter(world, contexts, training, remember), weights);
}

function toPredictor(counter: ContextCounter, weights: readonly number[]): BackoffPredictor {
  return {
    weights,
    reset: () => counter.reset(),
    logProbability: (token) => counter.logProbability(token, weights),
    observe: (token) => counter.observe(token),
  };
}

function countEvents(
  counter: ContextCounter,
  world: GateWorld,
  sequences: readonly Int32Array[],
): CountedEvents {
  const events = counter.emptyEvents();
  for (const tokens of sequences) {
    const counts = maskTargets(world, tokens);
    counter.reset();
    tokens.forEach((token, t) => {
      if (counts[t] === 1) counter.recordEvents(token, events);
      counter.observe(token);
    });
  }
  return events;
}

/** The symbol's place in a context's key when the context itself is counted. */
const ANY_SYMBOL = -1;

/** Counts of a sequence's contexts. A class, because of its life cycle: remembered sequences first, then others one by one. */
class ContextCounter {
  private readonly world: GateWorld;
  private readonly contexts: Contexts;
  private readonly prior: Float64Array;
  private readonly table = new CountTable();
  private readonly unigrams: Int32Array;
  private total = 0;
  private readonly tokens: Int32Array;
  private position = 0;
  private readonly values: Int32Array;
  /** Hashes of the contexts of the next token, `[parts, levels]`, and how many levels each part has. */
  private readonly high: Int32Array;
  private readonly low: Int32Array;
  private readonly depths: Int32Array;
  private located = -1;

  constructor(
    world: GateWorld,
    contexts: Contexts,
    training: readonly Int32Array[],
    remember: boolean,
  ) {
    const { parts, levels, symbols } = contexts;
    this.world = world;
    this.contexts = contexts;
    this.unigrams = new Int32Array(symbols);
    this.tokens = new Int32Array(world.sequenceLength);
    this.values = new Int32Array(levels.at(-1) ?? 0);
    this.high = new Int32Array(parts * levels.length);
    this.low = new Int32Array(parts * levels.length);
    this.depths = new Int32Array(parts);
    this.prior = this.countSymbols(training);
    if (remember) {
      for (const tokens of training) {
        this.position = 0;
        this.located = -1;
        for (const token of tokens) this.observe(token);
      }
      // Of single symbols only the global frequencies are remembered: their counts would drown the sequence's own.
      this.unigrams.fill(0);
      this.total = 0;
    }
    this.table.mark(2 * parts * levels.length * world.sequenceLength);
    this.position = 0;
    this.located = -1;
  }

  /** Frequencies of symbols over training sequences, delimiters left out, one count added to each. */
  private countSymbols(training: readonly Int32Array[]): Float64Array {
    const { contexts, world } = this;
    const counts = new Float64Array(contexts.symbols).fill(1);
    if (world.frame && contexts.parts === 1) {
      // No cells are ever delimiters.
      counts[world.frame.delimiters.start] = 0;
      counts[world.frame.delimiters.end] = 0;
    }
    for (const tokens of training) {
      tokens.forEach((token, t) => {
        if (isDelimiter(world, t)) return;
        for (let part = 0; part < contexts.parts; part++) {
          counts[contexts.symbolOf(token, part)]! += 1;
        }
      });
    }
    const sum = counts.reduce((a, b) => a + b, 0);
    return counts.map((count) => count / sum);
  }

  reset(): void {
    this.table.rewind();
    this.unigrams.fill(0);
    this.total = 0;
    this.position = 0;
    this.located = -1;
  }

  logProbability(token: number, weights: readonly number[]): number {
    if (isDelimiter(this.world, this.position)) return 0;
    this.locate(token);
    const { parts, levels } = this.contexts;
    let sum = 0;
    for (let part = 0; part < parts; part++) {
      const symbol = this.contexts.symbolOf(token, part);
      let p = this.prior[symbol]!;
      p = (this.unigrams[symbol]! + weights[0]! * p) / (this.total + weights[0]!);
      for (let k = 0; k < this.depths[part]!; k++) {
        const at = part * levels.length + k;
        const context = this.count(at, ANY_SYMBOL);
        // A context that has not occurred has no followers.
        if (context === 0) continue;
        p = (this.count(at, symbol) + weights[k + 1]! * p) / (context + weights[k + 1]!);
      }
      sum += Math.log(p);
    }
    return sum;
  }

  emptyEvents(): CountedEvents {
    const { levels } = this.contexts;
    return { levels: levels.length + 1, priors: [], counts: [], totals: [] };
  }

  /** The counts that `logProbability` uses, for the choice of weights. */
  recordEvents(token: number, events: CountedEvents): void {
    if (isDelimiter(this.world, this.position)) return;
    this.locate(token);
    const { parts, levels } = this.contexts;
    for (let part = 0; part < parts; part++) {
      const symbol = this.contexts.symbolOf(token, part);
      events.priors.push(this.prior[symbol]!);
      events.counts.push(this.unigrams[symbol]!);
      events.totals.push(this.total);
      for (let k = 0; k < levels.length; k++) {
        const at = part * levels.length + k;
        const isThere = k < this.depths[part]!;
        events.counts.push(isThere ? this.count(at, symbol) : 0);
        events.totals.push(isThere ? this.count(at, ANY_SYMBOL) : 0);
      }
    }
  }

  observe(token: number): void {
    if (!isDelimiter(this.world, this.position)) {
      this.locate(token);
      const { parts, levels } = this.contexts;
      for (let part = 0; part < parts; part++) {
        const symbol = this.contexts.symbolOf(token, part);
        this.unigrams[symbol]! += 1;
        this.total += 1;
        for (let k = 0; k < this.depths[part]!; k++) {
          const at = part * levels.length + k;
          this.add(at, symbol);
          this.add(at, ANY_SYMBOL);
        }
      }
    }
    this.tokens[this.position++] = token;
  }

  /** Hashes of all contexts of the next token, which may depend on earlier symbols of the same token. */
  private locate(token: number): void {
    if (this.located === this.position && this.tokens[this.position] === token) return;
    this.located = this.position;
    this.tokens[this.position] = token;
    const { parts, levels, read } = this.contexts;
    for (let part = 0; part < parts; part++) {
      const count = read(this.tokens, this.position, part, this.values);
      let [high, low] = [1, 2];
      let taken = 0;
      let depth = 0;
      for (; depth < levels.length && levels[depth]! <= count; depth++) {
        for (; taken < levels[depth]!; taken++) {
          high = mixHash(high, this.values[taken]!, 0x2545f491);
          low = mixHash(low, this.values[taken]!, 0x1b873593);
        }
        const at = part * levels.length + depth;
        this.high[at] = mixHash(high, depth, 0x27d4eb2f);
        this.low[at] = mixHash(low, depth, 0x165667b1);
      }
      this.depths[part] = depth;
    }
  }

  private count(at: number, symbol: number): number {
    const [high, low] = [this.high[at]!, this.low[at]!];
    return this.table.get(mixHash(high, symbol, 11), mixHash(low, symbol, 13));
  }

  private add(at: number, symbol: number): void {
    const [high, low] = [this.high[at]!, this.low[at]!];
    this.table.add(mixHash(high, symbol, 11), mixHash(low, symbol, 13));
  }
}
