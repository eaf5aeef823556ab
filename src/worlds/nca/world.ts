// The NCA world behind the contract of all worlds.

import { foldIn, type Key, keyFromSeed, randomInt } from '../../core/index.ts';
import { drawSequence, type World } from '../world.ts';
import { isWithin, type RatioBounds, settleBand } from './band.ts';
import { gzipSize, measureNcaRatio, RATIO_FRAMES } from './gzip-size.ts';
import { createNcaKernel } from './kernel.ts';
import {
  type NcaOptions,
  ncaLayout,
  resolveNcaOptions,
  type SettledNcaOptions,
} from './options.ts';
import { ncaPlanes, renderNca } from './render.ts';
import { type NcaStates, rolloutNca } from './rollout.ts';
import { type NcaRule, sampleNcaRule } from './rule.ts';
import { decodeNca, encodeNca, ncaFrame } from './tokenizer.ts';

export type NcaWorld = World<NcaRule, NcaStates> & {
  /** The options, defaults filled in. */
  readonly options: SettledNcaOptions;
  /** The bounds on the gzip ratio that `options.band` stands for; null if every simulation is kept. */
  readonly bounds: RatioBounds | null;
};

/**
 * The world of neural cellular automata (arXiv 2603.10055). A rule is a small random network; a simulation starts
 * from a random state and runs `burnIn` steps; its frames, `dt` steps apart, are the tokens. Simulations hold at least
 * the 10 frames that the filter reads, and more if the sequence needs them.
 *
 * The first frame cannot be predicted: `firstTarget` is `frameLength`, so the targets are tokens frameLength ..
 * sequenceLength-1, delimiters included, each predicted from the tokens before it. The official code feeds 1,024
 * tokens and has token 1,024 (the 1,025th) as its last target, which makes 987 targets: `sequenceLength` 1025 gives
 * exactly those, 1024 all of them but the last.
 *
 * With a pool of rules (`rules` a number), rule i of the pool is the rule of `drawSequence(world, foldIn(keyFromSeed
 * (ruleSeed), 'nca pool'), i)` in the world of fresh rules: one that has passed the filter. `sample` picks one
 * uniformly; with `filter: 'sequence'` its simulations are filtered again, since that filter judges simulations.
 *
 * Simulations run in WebAssembly (kernel.ts), compiled when the world is made. On the main thread of a browser that
 * compiles only small modules at once, make it in a worker.
 *
 * @throws UserError for wrong options, or a band that no rule reaches
 */
export function createNcaWorld(given: Partial<NcaOptions> = {}): NcaWorld {
  const frames = Math.max(ncaLayout(resolveNcaOptions(given)).frames, RATIO_FRAMES);
  const kernel = createNcaKernel(given, { maxFrames: frames });
  const { options } = kernel;
  const plain = buildWorld(options, kernel.bounds, {
    simulate: (rule, key, count) => {
      kernel.simulateRule(rule, key, count);
      return kernel.states();
    },
    size: kernel.gzipSize,
  });
  return {
    ...plain,
    draw: (key, index) => {
      const tokens = new Int32Array(options.sequenceLength);
      return { tokens, attempts: kernel.draw(key, index, tokens) };
    },
  };
}

/**
 * The same world in plain TypeScript, always in float32: the reference of the kernel in tests.
 *
 * @throws UserError as `createNcaWorld`
 */
export function createPlainNcaWorld(given: Partial<NcaOptions> = {}): NcaWorld {
  const unsettled = resolveNcaOptions(given);
  const { band, bounds } = settleBand(unsettled);
  const options = { ...unsettled, band };
  return buildWorld(options, bounds, {
    simulate: (rule, key, frames) => rolloutNca(options, rule, key, frames),
    size: gzipSize,
  });
}

type Simulator = {
  readonly simulate: (rule: NcaRule, key: Key, frames: number) => NcaStates;
  readonly size: (tokens: Int32Array) => number;
};

function buildWorld(
  options: SettledNcaOptions,
  bounds: RatioBounds | null,
  { simulate, size }: Simulator,
): NcaWorld {
  const layout = ncaLayout(options);
  const frames = bounds === null ? layout.frames : Math.max(layout.frames, RATIO_FRAMES);
  const isKept = (states: NcaStates) =>
    bounds === null || isWithin(bounds, measureNcaRatio(options, states, size));
  const judgesRules = bounds !== null && options.filter === 'rule';
  const world: NcaWorld = {
    name: 'nca',
    description: describeNca(options, bounds),
    learnable: options.rules === 1 ? 'fixed' : 'in-context',
    freshRules: options.rules === 'fresh',
    options,
    bounds,
    vocabSize: layout.vocabSize,
    sequenceLength: options.sequenceLength,
    frame: ncaFrame(options),
    frameLength: layout.frameLength,
    firstTarget: layout.frameLength,
    sample: (key) => sampleNcaRule(networkOf(options), key),
    rollout: (rule, key) => simulate(rule, key, frames),
    accept: judgesRules ? () => true : isKept,
    encode: (states) => encodeNca(options, states),
    decode: (tokens) => decodeNca(options, tokens),
    render: (states) => renderNca(states),
    planes: ncaPlanes,
  };
  const fresh: NcaWorld = judgesRules
    ? { ...world, acceptRule: (rule, key) => isKept(simulate(rule, key, RATIO_FRAMES)) }
    : world;
  // The rules of a pool have passed the filter when they came into it.
  return options.rules === 'fresh' ? fresh : { ...world, sample: createPool(fresh, options.rules) };
}

function describeNca({ colors, grid, filter }: NcaOptions, bounds: RatioBounds | null): string {
  const round = (ratio: number) => String(Math.round(1000 * ratio) / 1000);
  const open = bounds !== null && bounds.high >= Number.MAX_VALUE;
  const range =
    bounds &&
    (open ? `above ${round(bounds.low)}` : `${round(bounds.low)} to ${round(bounds.high)}`);
  const judged = filter === 'rule' ? 'rules judged by gzip ratio' : 'gzip ratio';
  const band = range ? `, ${judged} ${range}` : '';
  return `nca: ${colors} colors, ${grid}×${grid} cells${band}`;
}

/** The `sample` function of a fixed pool of `size` rules. */
function createPool(fresh: NcaWorld, size: number): (key: Key) => NcaRule {
  const poolKey = foldIn(keyFromSeed(fresh.options.ruleSeed), 'nca pool');
  // The search for a member takes some simulations, its rule only a few numbers: remember where the search ended.
  const attempts = new Map<number, number>();
  return (key) => {
    const index = randomInt(key, size);
    const known = attempts.get(index);
    if (known !== undefined) {
      const attemptKey = foldIn(foldIn(poolKey, index), known - 1);
      return fresh.sample(foldIn(attemptKey, 'rule'));
    }
    const member = drawSequence(fresh, poolKey, index);
    attempts.set(index, member.attempts);
    return member.rule;
  };
}

function networkOf(options: NcaOptions): NcaRule['network'] {
  const { colors, features, hidden, channelPadding } = options;
  return { colors, features, hidden, channelPadding };
}
