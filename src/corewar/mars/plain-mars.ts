// The MARS in plain TypeScript, written to be read beside the standard: what tests hold the kernel against.

import { EMPTY_INSTRUCTION, packCode } from '../instruction.ts';
import type { CoreSettings } from '../settings.ts';
import type { Warrior } from '../warrior.ts';
import type {
  AccessListener,
  InspectableMars,
  RoundResult,
  RoundSetup,
  SavedRound,
  TraceEntry,
} from './mars.ts';
import { executePlainly, type Machine, type PlainCore } from './plain-instruction.ts';
import {
  checkCoreSettings,
  checkSetup,
  checkWarriors,
  findPspaceOwners,
  outOfMemory,
  scoreSurvival,
  shortenRound,
} from './round.ts';

/** A warrior in a round. */
type Player = {
  queue: number[];
  /** The cycle in which the last process died, -1 while one lives. */
  death: number;
  spawned: number;
  readonly visited: Uint8Array;
  /** Cell 0 of P-space, which is never shared. */
  lastResult: number;
  /** Cells of P-space from 1 on, at their index; one array for warriors of one PIN. */
  readonly pspace: Uint32Array;
  /** What its instructions work on. */
  readonly machine: Machine;
};

/** @throws UserError if the settings are impossible */
export function createPlainMars(settings: CoreSettings): InspectableMars {
  checkCoreSettings(settings);
  const { coreSize, maxCycles, maxProcesses, pspaceSize } = settings;
  const core = createCore(settings);
  let warriors: readonly Warrior[] = [];
  let players: readonly Player[] = [];
  /** Indices of the warriors alive, in order of turns, and whose turn is next among them. */
  let alive: number[] = [];
  let next = 0;
  let cycle = 0;
  /** Instructions until the round is over if nobody dies. */
  let left = 0;
  let instructions = 0;
  let over = true;
  let listener: AccessListener | null = null;

  function load(loaded: readonly Warrior[]): void {
    checkWarriors(settings, loaded);
    warriors = loaded;
    try {
      const pspaces = warriors.map(() => new Uint32Array(pspaceSize));
      players = findPspaceOwners(warriors).map((owner) => createPlayer(pspaces[owner]!));
    } catch {
      throw outOfMemory(settings, warriors.length);
    }
    observe(listener);
    clear();
    alive = [];
    over = true;
  }

  function createPlayer(pspace: Uint32Array): Player {
    const player: Player = {
      queue: [],
      death: -1,
      spawned: 0,
      visited: new Uint8Array(coreSize),
      lastResult: coreSize - 1,
      pspace,
      machine: {
        core,
        coreSize,
        readLimit: settings.readLimit,
        writeLimit: settings.writeLimit,
        keepsImmediate: settings.pmars === '0.9.2',
        queue: (address) => {
          if (enqueue(player, address)) player.machine.observe?.('queue', address);
        },
        readPspace: (index) =>
          index % pspaceSize === 0 ? player.lastResult : pspace[index % pspaceSize]!,
        writePspace: (index, value) => {
          if (index % pspaceSize === 0) player.lastResult = value;
          else pspace[index % pspaceSize] = value;
        },
        observe: null,
      },
    };
    return player;
  }

  function clear(): void {
    core.code.fill(packCode(EMPTY_INSTRUCTION));
    core.a.fill(0);
    core.b.fill(0);
    next = 0;
    cycle = 0;
    left = 0;
    instructions = 0;
  }

  function begin(setup: RoundSetup): void {
    checkSetup(settings, warriors, setup);
    clear();
    players.forEach((player, i) => {
      const position = setup.positions[i]!;
      warriors[i]!.instructions.forEach((instruction, offset) => {
        const { a, b } = instruction;
        writeCell((position + offset) % coreSize, packCode(instruction), a, b);
      });
      player.queue = [];
      player.death = -1;
      player.spawned = 0;
      player.visited.fill(0);
      enqueue(player, (position + warriors[i]!.start) % coreSize);
    });
    alive = players.map((_, i) => (setup.first + i) % players.length);
    left = maxCycles * players.length;
    over = false;
  }

  /** False where the queue is full. */
  function enqueue(player: Player, address: number): boolean {
    if (player.queue.length >= maxProcesses) return false;
    player.queue.push(address);
    player.visited[address] = 1;
    return true;
  }

  function observe(next: AccessListener | null): void {
    listener = next;
    players.forEach(({ machine }, warrior) => {
      machine.observe = next && ((access, address) => next(access, address, warrior));
    });
  }

  function save(): SavedRound {
    return {
      core: { code: core.code.slice(), a: core.a.slice(), b: core.b.slice() },
      players: players.map(({ queue, death, spawned, visited, lastResult, pspace }) => ({
        queue: Uint32Array.from(queue),
        death,
        spawned,
        visited: visited.slice(),
        lastResult,
        pspace: pspace.slice(),
      })),
      alive: [...alive],
      next,
      cycle,
      left,
      instructions,
      isOver: over,
    };
  }

  function restore(round: SavedRound): void {
    core.code.set(round.core.code);
    core.a.set(round.core.a);
    core.b.set(round.core.b);
    round.players.forEach(({ queue, death, spawned, visited, lastResult, pspace }, i) => {
      const player = players[i]!;
      player.queue = [...queue];
      player.death = death;
      player.spawned = spawned;
      player.visited.set(visited);
      player.lastResult = lastResult;
      player.pspace.set(pspace);
    });
    alive = [...round.alive];
    ({ next, cycle, left, instructions } = round);
    over = round.isOver;
  }

  /** One instruction of the warrior whose turn it is. */
  function takeTurn(): TraceEntry {
    const warrior = alive[next]!;
    const player = players[warrior]!;
    const before = player.queue.length;
    const address = player.queue.shift()!;
    const written = executePlainly(player.machine, address);
    instructions++;
    left--;
    player.spawned += Math.max(0, player.queue.length - before);
    if (player.queue.length > 0) {
      next++;
    } else {
      player.death = cycle;
      left = shortenRound(left, alive.length);
      alive.splice(next, 1);
    }
    if (alive.length <= (players.length > 1 ? 1 : 0)) left = 0;
    else if (next >= alive.length) {
      next = 0;
      cycle++;
    }
    if (left === 0) endRound();
    return { warrior, address, written };
  }

  function endRound(): void {
    over = true;
    for (const player of players)
      player.lastResult = player.death < 0 ? alive.length % coreSize : 0;
  }

  function step(count: number): boolean {
    for (let i = 0; i < count && !over; i++) takeTurn();
    return !over;
  }

  function result(): RoundResult {
    const deaths = players.map(({ death }) => death);
    return {
      cycles: countCycles(),
      instructions,
      alive: deaths.map((death) => death < 0),
      deaths,
      survival: scoreSurvival(deaths, over ? maxCycles : cycle, maxCycles),
      spawned: players.map(({ spawned }) => spawned),
      coverage: players.map(({ visited }) => visited.reduce((sum, mark) => sum + mark, 0)),
    };
  }

  /** The last cycle may have been played in part. */
  function countCycles(): number {
    return next > 0 || alive.length < countAliveBefore(cycle) ? cycle + 1 : cycle;
  }

  function countAliveBefore(cycleNow: number): number {
    return players.filter(({ death }) => death < 0 || death >= cycleNow).length;
  }

  function writeCell(address: number, code: number, a: number, b: number): void {
    core.code[address] = code;
    core.a[address] = a % coreSize;
    core.b[address] = b % coreSize;
  }

  return {
    settings,
    load,
    play(setup) {
      begin(setup);
      while (step(1_000_000));
      return result();
    },
    begin,
    step,
    result,
    turn: () => (over ? { warrior: -1, cycle: countCycles() } : { warrior: alive[next]!, cycle }),
    readCore: () => ({ code: core.code.slice(), a: core.a.slice(), b: core.b.slice() }),
    writeCell,
    readQueue: (warrior) => Uint32Array.from(players[warrior]!.queue),
    readPspace(warrior) {
      const { lastResult, pspace } = players[warrior]!;
      const copy = pspace.slice();
      copy[0] = lastResult;
      return copy;
    },
    remaining: () => left,
    nextAddress: (warrior) => players[warrior]!.queue[0] ?? -1,
    readCell: (address) => ({
      code: core.code[address]!,
      a: core.a[address]!,
      b: core.b[address]!,
    }),
    writeQueue(warrior, addresses) {
      const player = players[warrior]!;
      player.queue = [];
      for (const address of addresses) enqueue(player, address);
    },
    writePspace: (warrior, index, value) => players[warrior]!.machine.writePspace(index, value),
    observe,
    save,
    restore,
    trace(count) {
      const entries: TraceEntry[] = [];
      while (entries.length < count && !over) entries.push(takeTurn());
      return entries;
    },
  };
}

function createCore(settings: CoreSettings): PlainCore {
  const { coreSize } = settings;
  try {
    return {
      code: new Uint16Array(coreSize),
      a: new Uint32Array(coreSize),
      b: new Uint32Array(coreSize),
    };
  } catch {
    throw outOfMemory(settings, 1);
  }
}
