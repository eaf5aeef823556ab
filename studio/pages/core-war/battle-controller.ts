// Plays a replay as time goes by, and tells what is shown that it has moved.

import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { plural } from '../../../src/core/index.ts';
import { letterOf } from '../../../src/corewar/index.ts';
import {
  createReplay,
  positionOfCycle,
  positionOfDeath,
  type Replay,
  type ReplayBattle,
  type RunEnd,
} from './battle-replay.ts';

/** Cycles per second that can be chosen. */
export const SPEEDS = [1, 4, 15, 60, 250, 1000, 4000, 16_000, 64_000] as const;
const DEFAULT_SPEED = 250;

export type Controller = {
  readonly replay: Replay;
  /** Changes with everything that is shown. */
  readonly version: ReadonlySignal<number>;
  /** The same for text, which changes a few times per second while the battle plays. */
  readonly textVersion: ReadonlySignal<number>;
  readonly isPlaying: ReadonlySignal<boolean>;
  /** The position that is being gone to, where that takes more than a moment. */
  readonly goal: ReadonlySignal<number | null>;
  /** What has happened, for those who do not see it. */
  readonly message: ReadonlySignal<string>;
  readonly speed: Signal<number>;
  readonly addressStops: Signal<ReadonlySet<number>>;
  readonly cycleStops: Signal<ReadonlySet<number>>;
  play(): void;
  pause(): void;
  /** Goes some instructions forward, or back. */
  step(count: number): void;
  /** To the beginning of the next cycle, or of the one before. */
  stepCycle(direction: 1 | -1): void;
  seek(position: number): void;
  seekCycle(cycle: number): void;
  seekDeath(warrior: number): void;
  /** To be called once the replay was changed from outside. */
  refresh(): void;
  close(): void;
};

/** Time for a frame's instructions, ms; a jump may take the longer one at once. */
const FRAME_BUDGET_MS = 10;
const JUMP_BUDGET_MS = 100;
/** While nothing moves, states to jump to are prepared in slices. */
const PREPARE_AFTER_MS = 150;
const PREPARE_BUDGET_MS = 8;
const TEXT_EVERY_MS = 100;
/** A tab in the background does not catch up. */
const MAX_ELAPSED_MS = 100;

/** @throws UserError if the battle cannot be played */
export function createController(battle: ReplayBattle): Controller {
  const replay = createReplay(battle);
  const { warriors, setup } = battle;
  const version = signal(0);
  const textVersion = signal(0);
  const isPlaying = signal(false);
  const goal: Signal<number | null> = signal(null);
  const message = signal('');
  const speed = signal<number>(DEFAULT_SPEED);
  const addressStops: Signal<ReadonlySet<number>> = signal(new Set());
  const cycleStops: Signal<ReadonlySet<number>> = signal(new Set());
  let frame = 0;
  let shownAt = 0;
  let textAt = 0;
  /** Instructions that are due, less than one. */
  let carried = 0;
  /** What is said when the goal is reached. */
  let arrival: string | null = null;

  const nameOf = (warrior: number) =>
    `${letterOf(warrior).toUpperCase()}, ${warriors[warrior]!.name}`;
  const within = (budgetMs: number) => {
    const until = performance.now() + budgetMs;
    return () => performance.now() < until;
  };

  function show(): void {
    version.value++;
    const now = performance.now();
    if (isPlaying.value && now - textAt < TEXT_EVERY_MS) return;
    textAt = now;
    textVersion.value++;
  }

  function request(): void {
    if (frame !== 0) return;
    shownAt = performance.now();
    frame = requestAnimationFrame(tick);
  }

  function tick(): void {
    frame = 0;
    const now = performance.now();
    const elapsed = Math.min(now - shownAt, MAX_ELAPSED_MS);
    if (goal.value !== null) goOn(goal.value, JUMP_BUDGET_MS / 2);
    else if (isPlaying.value) playOn(elapsed / 1000);
    if (goal.value !== null || isPlaying.value) request();
  }

  function playOn(seconds: number): void {
    const outcome = replay.outcome();
    const next = replay.next();
    if (next === null) {
      stop(describeEnd());
      return;
    }
    const alive = outcome.deaths.filter((death) => death < 0 || death >= next.cycle).length;
    carried += seconds * speed.value * alive;
    const count = Math.floor(carried);
    if (count === 0) return;
    carried -= count;
    const before = replay.position();
    const stops = { addresses: addressStops.value, cycles: cycleStops.value };
    const end = replay.run(before + count, stops, within(FRAME_BUDGET_MS));
    tellDeaths(before);
    const reason = describeStop(end);
    if (reason !== null) stop(reason);
    else if (replay.next() === null) stop(describeEnd());
    else show();
  }

  function describeStop(end: RunEnd): string | null {
    const next = replay.next();
    if (next === null) return null;
    if (end === 'address') {
      return `Stopped before address ${next.address}, which ${nameOf(next.warrior)} executes next.`;
    }
    return end === 'cycle' ? `Stopped at cycle ${inDigits(next.cycle)}.` : null;
  }

  function tellDeaths(before: number): void {
    warriors.forEach((_, warrior) => {
      const at = positionOfDeath(warrior, replay.outcome(), setup.first);
      if (at === null || at <= before || at > replay.position()) return;
      message.value = describeDeath(warrior);
    });
  }

  function describeDeath(warrior: number): string {
    return `${nameOf(warrior)}, died in cycle ${inDigits(replay.outcome().deaths[warrior]!)}.`;
  }

  function describeEnd(): string {
    const { deaths, cycles } = replay.outcome();
    return describeOutcome(
      warriors.map(({ name }) => name),
      deaths,
      cycles,
    );
  }

  function stop(reason: string): void {
    isPlaying.value = false;
    carried = 0;
    message.value = reason;
    show();
  }

  function goOn(position: number, budgetMs: number): void {
    const isThere = replay.seek(position, within(budgetMs));
    goal.value = isThere ? null : position;
    if (isThere) message.value = arrival ?? (replay.next() === null ? describeEnd() : '');
    show();
  }

  /** @param told what is said of the position, however long it takes to get there; by default the end, where it is that */
  function seek(position: number, told: string | null = null): void {
    isPlaying.value = false;
    carried = 0;
    message.value = '';
    arrival = told;
    prepareLater();
    goOn(position, JUMP_BUDGET_MS);
    if (goal.value !== null) request();
  }

  let timer = setTimeout(prepare, PREPARE_AFTER_MS);
  function prepare(): void {
    const isBusy = isPlaying.value || goal.value !== null;
    if (!isBusy && replay.prepare(within(PREPARE_BUDGET_MS))) return;
    timer = setTimeout(prepare, isBusy ? PREPARE_AFTER_MS : 0);
  }
  function prepareLater(): void {
    clearTimeout(timer);
    timer = setTimeout(prepare, PREPARE_AFTER_MS);
  }

  const cycleNow = () => replay.next()?.cycle ?? replay.outcome().cycles;

  return {
    replay,
    version,
    textVersion,
    isPlaying,
    goal,
    message,
    speed,
    addressStops,
    cycleStops,
    play() {
      if (replay.next() === null) seek(0);
      isPlaying.value = true;
      message.value = '';
      textAt = 0;
      request();
    },
    pause() {
      goal.value = null;
      if (isPlaying.value) stop(`Paused in cycle ${inDigits(cycleNow())}.`);
    },
    step: (count) => seek(replay.position() + count),
    stepCycle(direction) {
      const begin = positionOfCycle(cycleNow(), replay.outcome());
      const isWithin = replay.position() > begin;
      seek(
        positionOfCycle(
          Math.max(0, cycleNow() + (direction === 1 ? 1 : isWithin ? 0 : -1)),
          replay.outcome(),
        ),
      );
    },
    seek,
    seekCycle: (cycle) => seek(positionOfCycle(cycle, replay.outcome())),
    seekDeath(warrior) {
      const at = positionOfDeath(warrior, replay.outcome(), setup.first);
      if (at === null) return;
      seek(at, describeDeath(warrior));
    },
    refresh() {
      prepareLater();
      show();
    },
    close() {
      clearTimeout(timer);
      if (frame !== 0) cancelAnimationFrame(frame);
      frame = 0;
      isPlaying.value = false;
      goal.value = null;
    },
  };
}

/** 2875 as `2,875`. */
function inDigits(cycle: number): string {
  return cycle.toLocaleString('en-US');
}

/** How a round ends, in a sentence. */
export function describeOutcome(
  names: readonly string[],
  deaths: readonly number[],
  cycles: number,
): string {
  const alive = names.filter((_, warrior) => deaths[warrior]! < 0);
  const after = `after ${plural(cycles, 'cycle')}`;
  if (alive.length === 0) return `Nobody is alive ${after}.`;
  if (names.length === 1) return `${alive[0]} is alive ${after}.`;
  if (alive.length === 1) return `${alive[0]} wins ${after}.`;
  return `A tie of ${alive.length} ${after}: ${alive.join(', ')}.`;
}
