// The fast MARS: the host of kernels/mars.

import { packCode } from '../instruction.ts';
import type { CoreSettings } from '../settings.ts';
import type { Warrior } from '../warrior.ts';
import {
  MAX_NARROW_CORE,
  MAX_WIDE_CORE,
  type MarsKernel,
  openMarsKernel,
} from './kernel-module.ts';
import type { Mars, RoundResult, RoundSetup, TraceEntry } from './mars.ts';
import { createPlainMars } from './plain-mars.ts';
import {
  checkCoreSettings,
  checkSetup,
  checkWarriors,
  findPspaceOwners,
  outOfMemory,
  reachableProcesses,
  scoreSurvival,
} from './round.ts';

/** Instructions that one call of the kernel executes at most. */
const MAX_STEP = 1_000_000_000;

/**
 * A MARS in a WebAssembly instance of its own. Nothing is allocated while a round is played. Cores above 2^25 cells are
 * played in plain TypeScript.
 *
 * @throws UserError if the settings are impossible or need too much memory
 */
export function createMars(settings: CoreSettings): Mars {
  checkCoreSettings(settings);
  return settings.coreSize > MAX_WIDE_CORE ? createPlainMars(settings) : createKernelMars(settings);
}

function createKernelMars(settings: CoreSettings): Mars {
  const { coreSize, maxCycles, pspaceSize, readLimit, writeLimit } = settings;
  const isWide = coreSize > MAX_NARROW_CORE;
  const words = isWide ? WIDE_WORDS : NARROW_WORDS;
  const wasm = openMarsKernel(isWide);
  wasm.setSizes(coreSize, maxCycles, reachableProcesses(settings), pspaceSize);
  wasm.setLimits(readLimit, writeLimit);
  wasm.keepImmediate(settings.pmars === '0.9.2');
  const emptyCode = wasm.emptyCode();
  let warriors: readonly Warrior[] = [];

  function load(loaded: readonly Warrior[]): void {
    checkWarriors(settings, loaded);
    const total = loaded.reduce((sum, { instructions }) => sum + instructions.length, 0);
    if (!wasm.layOut(loaded.length, total)) throw outOfMemory(settings, loaded.length);
    warriors = loaded;
    loadWarriors(wasm, words, settings, loaded);
    wasm.clear();
  }

  function begin(setup: RoundSetup): void {
    const { positions, first } = setup;
    checkSetup(settings, warriors, setup);
    wasm.clear();
    for (let i = 0; i < positions.length; i++) wasm.place(i, positions[i]!);
    wasm.start(first);
  }

  function step(count: number): boolean {
    let left = count;
    while (left > MAX_STEP && wasm.step(MAX_STEP, false)) left -= MAX_STEP;
    return wasm.step(Math.min(left, MAX_STEP), false) !== 0;
  }

  function result(): RoundResult {
    const deaths = warriors.map((_, i) => wasm.deathCycle(i));
    const over = wasm.remainingInstructions() === 0;
    return {
      cycles: countCycles(deaths),
      instructions: wasm.executedInstructions(),
      alive: deaths.map((death) => death < 0),
      deaths,
      survival: scoreSurvival(deaths, over ? maxCycles : currentCycle(deaths), maxCycles),
      spawned: deaths.map((_, i) => wasm.spawnedProcesses(i)),
      coverage: deaths.map((_, i) => wasm.countVisited(i)),
    };
  }

  /** The cycle that the next turn is in: full cycles played. */
  function currentCycle(deaths: readonly number[]): number {
    const alive = deaths.filter((death) => death < 0).length;
    return maxCycles - Math.ceil(wasm.nominalInstructions() / Math.max(alive, 1));
  }

  /** The last cycle may have been played in part. */
  function countCycles(deaths: readonly number[]): number {
    if (wasm.executedInstructions() === 0) return 0;
    const alive = deaths.filter((death) => death < 0).length;
    if (alive === 0) return Math.max(...deaths) + 1;
    const cycle = currentCycle(deaths);
    const isBegun = wasm.nominalInstructions() % alive !== 0 || deaths.includes(cycle);
    return isBegun ? cycle + 1 : cycle;
  }

  function turn(): { readonly warrior: number; readonly cycle: number } {
    const deaths = warriors.map((_, i) => wasm.deathCycle(i));
    if (wasm.remainingInstructions() === 0) return { warrior: -1, cycle: countCycles(deaths) };
    return { warrior: wasm.currentWarrior(), cycle: currentCycle(deaths) };
  }

  function readCore(): ReturnType<Mars['readCore']> {
    const halves = new Uint32Array(wasm.memory.buffer, wasm.coreAddress(), 2 * coreSize);
    const code = new Uint16Array(coreSize);
    const a = new Uint32Array(coreSize);
    const b = new Uint32Array(coreSize);
    for (let i = 0; i < coreSize; i++) {
      const low = halves[2 * i]!;
      const high = halves[2 * i + 1]!;
      a[i] = words.a(low);
      b[i] = words.b(low, high);
      code[i] = words.code(high) ^ emptyCode;
    }
    return { code, a, b };
  }

  function writeCell(address: number, code: number, a: number, b: number): void {
    const halves = new Uint32Array(wasm.memory.buffer, wasm.coreAddress() + 8 * address, 2);
    words.write(halves, 0, code ^ emptyCode, a % coreSize, b % coreSize);
  }

  function trace(count: number): readonly TraceEntry[] {
    const entries: TraceEntry[] = [];
    while (entries.length < count && wasm.remainingInstructions() > 0) {
      const warrior = wasm.currentWarrior();
      wasm.step(1, true);
      entries.push({ warrior, address: wasm.tracedAddress(), written: wasm.writtenAddress() });
    }
    return entries;
  }

  return {
    settings,
    load,
    play(setup) {
      begin(setup);
      while (step(MAX_STEP));
      return result();
    },
    begin,
    step,
    result,
    turn,
    readCore,
    writeCell,
    readQueue: (warrior) =>
      Uint32Array.from({ length: wasm.queueLength(warrior) }, (_, i) =>
        wasm.queuedAddress(warrior, i),
      ),
    readPspace(warrior) {
      const at = wasm.pspaceAddress(warrior);
      const Numbers = isWide ? Uint32Array : Uint16Array;
      const cells = Uint32Array.from(new Numbers(wasm.memory.buffer, at, pspaceSize));
      cells[0] = wasm.lastResult(warrior);
      return cells;
    },
    trace,
  };
}

/** How a cell's word lies in two halves of 32 bits: kernels/mars/layout.ts. Codes are exclusive-or that of an empty cell. */
type Words = {
  a(low: number): number;
  b(low: number, high: number): number;
  code(high: number): number;
  /** Writes the word number `index` of `halves`. */
  write(halves: Uint32Array, index: number, code: number, a: number, b: number): void;
};

const NARROW_WORDS: Words = {
  a: (low) => low & 0xffff,
  b: (low) => low >>> 16,
  code: (high) => high,
  write(halves, index, code, a, b) {
    halves[2 * index] = a | (b << 16);
    halves[2 * index + 1] = code;
  },
};

const WIDE_MASK = 2 ** 25 - 1;
const WIDE_WORDS: Words = {
  a: (low) => low & WIDE_MASK,
  b: (low, high) => ((low >>> 25) | (high << 7)) & WIDE_MASK,
  code: (high) => high >>> 18,
  write(halves, index, code, a, b) {
    halves[2 * index] = a | (b << 25);
    halves[2 * index + 1] = (b >>> 7) | (code << 18);
  },
};

/** Writes the warriors' instructions, as words of the core, to where the kernel copies them from. */
function loadWarriors(
  wasm: MarsKernel,
  words: Words,
  { coreSize }: CoreSettings,
  warriors: readonly Warrior[],
): void {
  let image = wasm.imagesAddress();
  const emptyCode = wasm.emptyCode();
  const owners = findPspaceOwners(warriors);
  warriors.forEach(({ instructions, start }, i) => {
    const halves = new Uint32Array(wasm.memory.buffer, image, 2 * instructions.length);
    instructions.forEach((instruction, k) => {
      const code = packCode(instruction) ^ emptyCode;
      words.write(halves, k, code, instruction.a % coreSize, instruction.b % coreSize);
    });
    wasm.setWarrior(i, image, instructions.length, start, owners[i]!);
    image += 8 * instructions.length;
  });
}
