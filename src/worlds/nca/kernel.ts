// The fast way to NCA sequences: one WebAssembly instance that draws, filters and encodes simulations.

import { foldIn, type Key, keyFromSeed, UserError } from '../../core/index.ts';
import { SECOND_ROLLOUT } from '../world.ts';
import { isWithin, probeKeys, type RatioBounds, type SettledBand, settleBand } from './band.ts';
import { gzipSize, RATIO_FRAMES } from './gzip-size.ts';
import { type KernelExports, openKernel, openKernelAsync } from './kernel-module.ts';
import {
  type NcaArithmetic,
  type NcaBand,
  type NcaLayout,
  type NcaOptions,
  ncaLayout,
  resolveNcaOptions,
  type SettledNcaOptions,
} from './options.ts';
import type { NcaStates } from './rollout.ts';
import type { NcaRule } from './rule.ts';

export type NcaKernelSettings = {
  /** Replaces `options.arithmetic`. */
  readonly arithmetic?: NcaArithmetic;
  /** What `options.band` resolves to, where that is known already; by default it is found, in float32. */
  readonly bounds?: RatioBounds | null;
  /** The members of the pool that rules are taken from; all unless given. */
  readonly members?: { readonly first: number; readonly count: number };
  /** Frames that a simulation may have; by default what a sequence, or the filter, needs. */
  readonly maxFrames?: number;
};

/** Token buffers: ids of a vocabulary above 65,536 do not fit the first. */
export type NcaTokens = Uint16Array | Int32Array | Uint32Array;

/**
 * An NCA world in one WebAssembly instance. It reuses its memory: every call replaces the simulation before it, and
 * what a method returns is a copy.
 */
export type NcaKernel = {
  /** The options, defaults filled in. */
  readonly options: SettledNcaOptions;
  /** The bounds on the gzip ratio; null if every simulation is kept. */
  readonly bounds: RatioBounds | null;
  /**
   * Writes the `sequenceLength` tokens of sequence `index` under `key` to `target` from `offset` on, and returns the
   * rules drawn until one passed the filter. The tokens are those of `drawSequence`.
   *
   * @throws UserError if 10,000 simulations in a row are rejected
   */
  draw(key: Key, index: number, target: NcaTokens, offset?: number): number;
  /** Simulates the rule of one key from the initial state and noise of another, `frames` frames; no filter. */
  simulate(ruleKey: Key, rolloutKey: Key, frames: number): void;
  /** The same under a given rule. */
  simulateRule(rule: NcaRule, rolloutKey: Key, frames: number): void;
  /** Frames of the last simulation that are there. */
  frames(): number;
  /** States of the last simulation. */
  states(): NcaStates;
  /** Gzip ratio of the first 10 frames of the last simulation. */
  ratio(): number;
  /** `gzipSize` of any tokens, counted faster. */
  gzipSize(tokens: Int32Array): number;
  /**
   * The key of the rule (`sampleNcaRule`) that is a member of the pool.
   *
   * @throws UserError if 10,000 simulations in a row are rejected
   */
  poolRuleKey(member: number): Key;
};

const MAX_ATTEMPTS = 10_000;
/** The longest input that the kernel's size counter takes: kernels/gzip/size.ts. */
const LONGEST_GZIP_INPUT = 65_024;
const MEMORY_BYTES = 2 ** 31;

/**
 * @throws UserError for wrong options, a band that no rule reaches, or a world that does not fit 2 GiB
 */
export function createNcaKernel(
  given: Partial<NcaOptions> = {},
  settings: NcaKernelSettings = {},
): NcaKernel {
  const options = resolveOptions(given, settings);
  const { band, bounds } = settle(options, settings, openKernel);
  return wrapKernel(openKernel(), { ...options, band }, bounds, settings);
}

/** The same where the module must not be compiled at once: on the main thread of a browser. */
export async function createNcaKernelAsync(
  given: Partial<NcaOptions> = {},
  settings: NcaKernelSettings = {},
): Promise<NcaKernel> {
  const options = resolveOptions(given, settings);
  const [wasm, forProbes] = [await openKernelAsync(), await openKernelAsync()];
  const { band, bounds } = settle(options, settings, () => forProbes);
  return wrapKernel(wasm, { ...options, band }, bounds, settings);
}

function resolveOptions(given: Partial<NcaOptions>, settings: NcaKernelSettings): NcaOptions {
  const { arithmetic } = settings;
  return resolveNcaOptions(arithmetic === undefined ? given : { ...given, arithmetic });
}

/** What `settleBand` gives, by probes in the float32 kernel, unless the bounds are known. */
function settle(
  options: NcaOptions,
  { bounds }: NcaKernelSettings,
  open: () => KernelExports,
): SettledBand {
  const { band } = options;
  if (bounds !== undefined) {
    return { band: band.kind === 'default' ? bandOf(bounds) : band, bounds };
  }
  if (band.kind === 'none') return { band, bounds: null };
  const everything = { kind: 'none' } as const;
  const float32 = { ...options, band: everything, arithmetic: 'float32', rules: 'fresh' } as const;
  const kernel = wrapKernel(open(), float32, null, { maxFrames: RATIO_FRAMES });
  return settleBand(options, (index) => {
    const { rule, rollout } = probeKeys(index);
    kernel.simulate(rule, rollout, RATIO_FRAMES);
    return kernel.ratio();
  });
}

function bandOf(bounds: RatioBounds | null): NcaBand {
  if (bounds === null) return { kind: 'none' };
  return { kind: 'absolute', low: bounds.low, high: Math.min(bounds.high, Number.MAX_VALUE) };
}

function wrapKernel(
  wasm: KernelExports,
  options: SettledNcaOptions,
  bounds: RatioBounds | null,
  { maxFrames: atLeastFrames = 0, members }: NcaKernelSettings,
): NcaKernel {
  const layout = ncaLayout(options);
  const needed = bounds === null ? layout.frames : Math.max(layout.frames, RATIO_FRAMES);
  const maxFrames = Math.max(needed, atLeastFrames);
  prepareMemory(wasm, options, layout, maxFrames);
  const { buffer } = wasm.memory;
  const { grid, sequenceLength } = options;
  const cells = new Uint8Array(buffer, wasm.frameCellsAddress(), maxFrames * layout.cells);
  const tokens = new Int32Array(buffer, wasm.tokensAddress(), sequenceLength);
  const ratioIds =
    maxFrames >= RATIO_FRAMES
      ? new Int32Array(buffer, wasm.patchIdsAddress(), RATIO_FRAMES * layout.patches)
      : null;
  const findRule = options.rules === 'fresh' ? null : createPool(options.rules);
  const judgesRules = options.filter === 'rule';
  const poolKey = foldIn(keyFromSeed(options.ruleSeed), 'nca pool');
  let present = 0;

  return {
    options,
    bounds,
    draw,
    simulate(ruleKey, rolloutKey, frames) {
      wasm.selectRule(ruleKey[0], ruleKey[1]);
      wasm.sampleRule();
      run(rolloutKey, frames);
    },
    simulateRule(rule, rolloutKey, frames) {
      loadRule(rule);
      run(rolloutKey, frames);
    },
    frames: () => present,
    states: () => ({ grid, frames: present, cells: cells.slice(0, present * layout.cells) }),
    ratio,
    gzipSize(ids) {
      if (ids.byteLength > LONGEST_GZIP_INPUT) return gzipSize(ids);
      const input = new Int32Array(buffer, wasm.gzipInputAddress(), ids.length);
      input.set(ids);
      return countSize(input);
    },
    poolRuleKey(member) {
      const attempt = findAccepted(poolKey, member, null) - 1;
      return foldIn(foldIn(foldIn(poolKey, member), attempt), 'rule');
    },
  };

  function run(key: Key, frames: number): void {
    if (!Number.isInteger(frames) || frames < 1 || frames > maxFrames) {
      throw new UserError(`nca: ${frames} frames do not fit a kernel of ${maxFrames}`, {
        hint: 'create the kernel with a larger maxFrames',
      });
    }
    wasm.selectRollout(key[0], key[1]);
    wasm.startRollout();
    advanceTo(frames);
  }

  function advanceTo(frames: number): void {
    wasm.advanceTo(frames);
    present = frames;
  }

  function ratio(): number {
    if (ratioIds === null || present < RATIO_FRAMES) {
      throw new UserError(`nca: ${RATIO_FRAMES} frames are needed, the simulation has ${present}`, {
        hint: 'roll out more frames',
      });
    }
    return countSize(ratioIds) / ratioIds.byteLength;
  }

  /** The size of tokens that lie in the kernel's memory. */
  function countSize(ids: Int32Array): number {
    if (ids.byteLength > LONGEST_GZIP_INPUT) return gzipSize(ids);
    return wasm.gzipSize(ids.byteOffset, ids.byteLength) >>> 0;
  }

  function draw(key: Key, index: number, target: NcaTokens, offset = 0): number {
    if (!Number.isSafeInteger(index)) throw new RangeError(`index must be an integer: ${index}`);
    if (offset < 0 || offset + sequenceLength > target.length) {
      throw new RangeError(`${sequenceLength} tokens do not fit ${target.length} from ${offset}`);
    }
    if (layout.vocabSize > 65_536 && target instanceof Uint16Array) {
      throw new UserError(`nca: ${layout.vocabSize} token ids do not fit 16 bits`, {
        hint: 'draw into an Int32Array',
      });
    }
    const attempts = search(key, index, findRule);
    wasm.frameTokens(layout.frames, layout.startToken);
    target.set(tokens, offset);
    return attempts;
  }

  /** Leaves the accepted simulation, at its full length, in memory. */
  function search(key: Key, index: number, choose: typeof findRule): number {
    const attempts = findAccepted(key, index, choose);
    if (judgesNow(choose) && judgesRules) startSecondRollout(key, index, attempts - 1);
    advanceTo(Math.max(layout.frames, bounds === null ? 0 : RATIO_FRAMES));
    return attempts;
  }

  /** Where rules are judged, those of a pool have been. */
  function judgesNow(choose: typeof findRule): boolean {
    return bounds !== null && !(judgesRules && choose);
  }

  /** Leaves the accepted simulation in memory, as far as the filter reads it. */
  function findAccepted(key: Key, index: number, choose: typeof findRule): number {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      // Choosing a pool's rule may search for it, with other keys: what is selected is selected after that.
      selectAttempt(key, index, attempt);
      choose?.(key, index, attempt);
      wasm.sampleRule();
      wasm.startRollout();
      if (!judgesNow(choose)) return attempt + 1;
      advanceTo(RATIO_FRAMES);
      if (isWithin(bounds!, ratio())) return attempt + 1;
    }
    throw new UserError(
      `nca: none of ${MAX_ATTEMPTS} simulations for sequence ${index} passed the filter`,
      { hint: 'widen the band, or choose a percentile band' },
    );
  }

  function selectAttempt(key: Key, index: number, attempt: number): void {
    wasm.selectSequence(key[0], key[1], index >>> 0, Math.floor(index / 2 ** 32) >>> 0);
    wasm.selectAttempt(attempt);
  }

  /** Begins another simulation of the rule at hand than the one that judged it. */
  function startSecondRollout(key: Key, index: number, attempt: number): void {
    const second = foldIn(foldIn(foldIn(key, index), attempt), SECOND_ROLLOUT);
    wasm.selectRollout(second[0], second[1]);
    wasm.startRollout();
    present = 0;
  }

  /** Selects the rule of an attempt from a fixed pool, as the world of plain TypeScript does. */
  function createPool(size: number): (key: Key, index: number, attempt: number) => void {
    const attempts = new Map<number, number>();
    const { first, count } = members ?? { first: 0, count: size };
    return (key, index, attempt) => {
      const member = first + (wasm.poolIndex(count) >>> 0);
      let known = attempts.get(member);
      if (known === undefined) {
        known = findAccepted(poolKey, member, null);
        attempts.set(member, known);
        selectAttempt(key, index, attempt);
      }
      wasm.selectPoolRule(poolKey[0], poolKey[1], member, known - 1);
    };
  }

  function loadRule(rule: NcaRule): void {
    const { network, kernels } = rule;
    const same =
      network.colors === options.colors &&
      network.features === options.features &&
      network.hidden === options.hidden &&
      network.channelPadding === options.channelPadding;
    if (!same) throw new RangeError('the rule is of another network than the kernel');
    const write = (address: number, values: Float32Array) =>
      new Float32Array(buffer, address, values.length).set(values);
    write(wasm.convolutionKernelAddress(), kernels.convolution);
    write(wasm.hiddenKernelAddress(), kernels.hidden);
    write(wasm.logitsKernelAddress(), kernels.logits);
    wasm.packRule();
  }
}

function prepareMemory(
  wasm: KernelExports,
  options: NcaOptions,
  layout: NcaLayout,
  frames: number,
): void {
  const { colors, grid, patch, features, hidden, channelPadding } = options;
  // What grows without limit; the rest takes some 30 MB at most.
  const bytes = frames * (layout.cells + 8 * layout.frameLength);
  const fits = () => {
    wasm.setSizes(colors, grid, patch, features, hidden, channelPadding === 'wrap');
    wasm.setDynamics(options.temperature, options.identityBias, options.burnIn, options.dt);
    return wasm.layOut(options.arithmetic === 'int16', frames) !== 0;
  };
  if (bytes < MEMORY_BYTES - 2 ** 26 && fits()) return;
  throw new UserError(
    `nca: ${frames} frames of ${grid}x${grid} cells take more than the 2 GiB of a kernel`,
    { hint: 'use shorter sequences or a smaller grid' },
  );
}
