// The fast MARS: the host of kernels/mars.

import { UserError } from '../../core/index.ts';
import { packCode } from '../instruction.ts';
import type { CoreSettings } from '../settings.ts';
import type { Warrior } from '../warrior.ts';
import { type MarsKernel, openMarsKernel } from './kernel-module.ts';
import type { Mars, RoundResult, RoundSetup, TraceEntry } from './mars.ts';
import {
  checkCoreSettings,
  checkSetup,
  checkWarriors,
  findPspaceOwners,
  scoreSurvival,
} from './round.ts';

/** Instructions that one call of the kernel executes at most. */
const MAX_STEP = 1_000_000_000;

/**
 * A MARS in a WebAssembly instance of its own. Nothing is allocated while a round is played.
 *
 * @throws UserError where the settings are impossible
 */
export function createMars(settings: CoreSettings): Mars {
  checkCoreSettings(settings);
  const { coreSize, maxCycles, maxProcesses, pspaceSize, readLimit, writeLimit } = settings;
  const wasm = openMarsKernel();
  wasm.setSizes(coreSize, maxCycles, maxProcesses, pspaceSize);
  wasm.setLimits(readLimit, writeLimit);
  wasm.keepImmediate(settings.pmars === '0.9.2');
  const emptyCode = wasm.emptyCode();
  let warriors: readonly Warrior[] = [];

  function load(loaded: readonly Warrior[]): void {
    checkWarriors(settings, loaded);
    const total = loaded.reduce((sum, { instructions }) => sum + instructions.length, 0);
    if (!wasm.layOut(loaded.length, total)) {
      throw new UserError(`no memory for ${loaded.length} warriors`, {
        hint: 'Take fewer warriors, processes or cells.',
      });
    }
    warriors = loaded;
    loadWarriors(wasm, settings, loaded);
    wasm.clear();
  }

  function begin({ positions, first }: RoundSetup): void {
    checkSetup(settings, warriors, { positions, first });
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
    const halves = new Uint16Array(wasm.memory.buffer, 0, 4 * coreSize);
    const code = new Uint16Array(coreSize);
    const a = new Uint32Array(coreSize);
    const b = new Uint32Array(coreSize);
    for (let i = 0; i < coreSize; i++) {
      a[i] = halves[4 * i]!;
      b[i] = halves[4 * i + 1]!;
      code[i] = halves[4 * i + 2]! ^ emptyCode;
    }
    return { code, a, b };
  }

  function writeCell(address: number, code: number, a: number, b: number): void {
    const halves = new Uint16Array(wasm.memory.buffer, 8 * address, 4);
    halves[0] = a % coreSize;
    halves[1] = b % coreSize;
    halves[2] = code ^ emptyCode;
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
      const cells = Uint32Array.from(new Uint16Array(wasm.memory.buffer, at, pspaceSize));
      cells[0] = wasm.lastResult(warrior);
      return cells;
    },
    trace,
  };
}

/** Writes the warriors' instructions, as words of the core, to where the kernel copies them from. */
function loadWarriors(
  wasm: MarsKernel,
  { coreSize }: CoreSettings,
  warriors: readonly Warrior[],
): void {
  let image = wasm.imagesAddress();
  const emptyCode = wasm.emptyCode();
  const owners = findPspaceOwners(warriors);
  warriors.forEach(({ instructions, start }, i) => {
    const halves = new Uint16Array(wasm.memory.buffer, image, 4 * instructions.length);
    instructions.forEach((instruction, k) => {
      halves[4 * k] = instruction.a % coreSize;
      halves[4 * k + 1] = instruction.b % coreSize;
      halves[4 * k + 2] = packCode(instruction) ^ emptyCode;
    });
    wasm.setWarrior(i, image, instructions.length, start, owners[i]!);
    image += 8 * instructions.length;
  });
}
