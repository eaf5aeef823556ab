// What a host calls. One instance holds one world; the order is configure, then rule, start and advance a simulation.

import { gzipInputAddress, gzipSize } from '../gzip/size.ts';
import { foldIn, foldInName, randomInt } from '../random.ts';
import { sampleInitialState } from './initial.ts';
import {
  burnIn,
  convolutionKernel,
  dt,
  frameCells,
  grid,
  gridA,
  gridB,
  hiddenKernel,
  int16,
  layOut,
  logitsKernel,
  patchIds,
  setDynamics,
  setSizes,
  tokens,
} from './layout.ts';
import { fillBorder, unpadStates } from './padded-grid.ts';
import { quantizeRule } from './quantize.ts';
import { packKernels, sampleKernels } from './rule.ts';
import { stepFloat32 } from './step-float32.ts';
import { stepInt16 } from './step-int16.ts';
import { encodePatches, frameTokens } from './tokens.ts';

const RULE: usize = memory.data<u8>([114, 117, 108, 101]);
const ROLLOUT: usize = memory.data<u8>([114, 111, 108, 108, 111, 117, 116]);
const NOISE: usize = memory.data<u8>([110, 111, 105, 115, 101]);

let sequenceKey: u64 = 0;
let ruleKey: u64 = 0;
let rolloutKey: u64 = 0;
let noiseKey: u64 = 0;
/** Steps made, and frames kept. */
let steps: i32 = 0;
let frames: i32 = 0;

export { frameTokens, gzipInputAddress, gzipSize, layOut, setDynamics, setSizes };

/** Keys are two words everywhere: a host without 64-bit integers can call this. */
export function selectSequence(key0: u32, key1: u32, low: u32, high: u32): void {
  sequenceKey = foldIn(u64(key0) | (u64(key1) << 32), low, high);
}

export function selectAttempt(attempt: u32): void {
  const key = foldIn(sequenceKey, attempt, 0);
  ruleKey = foldInName(key, RULE, 4);
  rolloutKey = foldInName(key, ROLLOUT, 7);
}

export function selectRule(key0: u32, key1: u32): void {
  ruleKey = u64(key0) | (u64(key1) << 32);
}

export function selectRollout(key0: u32, key1: u32): void {
  rolloutKey = u64(key0) | (u64(key1) << 32);
}

/** The pool member that the selected attempt takes its rule from. */
export function poolIndex(size: u32): u32 {
  return randomInt(ruleKey, size);
}

/** Selects the rule of attempt `attempt` of sequence `index` under a pool's key. */
export function selectPoolRule(key0: u32, key1: u32, index: u32, attempt: u32): void {
  const key = foldIn(foldIn(u64(key0) | (u64(key1) << 32), index, 0), attempt, 0);
  ruleKey = foldInName(key, RULE, 4);
}

export function sampleRule(): void {
  sampleKernels(ruleKey);
  packRule();
}

/** Makes the tables of the kernels in memory. */
export function packRule(): void {
  packKernels();
  if (int16) quantizeRule();
}

/** Begins the simulation selected: its state before the first step. */
export function startRollout(): void {
  sampleInitialState(rolloutKey);
  fillBorder(gridA);
  noiseKey = foldInName(rolloutKey, NOISE, 5);
  steps = 0;
  frames = 0;
}

/** Goes on until `count` frames are kept, and encodes the new ones. */
export function advanceTo(count: i32): void {
  const first = frames;
  while (frames < count) {
    const target = burnIn + frames * dt;
    while (steps < target) step();
    const current = steps & 1 ? gridB : gridA;
    unpadStates(current, frameCells + usize(frames) * usize(grid) * usize(grid));
    frames++;
  }
  if (count > first) encodePatches(first, count - first);
}

function step(): void {
  const source = steps & 1 ? gridB : gridA;
  const target = steps & 1 ? gridA : gridB;
  if (int16) stepInt16(source, target, noiseKey, steps);
  else stepFloat32(source, target, noiseKey, steps);
  fillBorder(target);
  steps++;
}

export function convolutionKernelAddress(): usize {
  return convolutionKernel;
}

export function hiddenKernelAddress(): usize {
  return hiddenKernel;
}

export function logitsKernelAddress(): usize {
  return logitsKernel;
}

export function frameCellsAddress(): usize {
  return frameCells;
}

export function patchIdsAddress(): usize {
  return patchIds;
}

export function tokensAddress(): usize {
  return tokens;
}
