// From what is chosen on the page to a battle that can be played, or to what is wrong with it.

import { UserError } from '../../../src/core/index.ts';
import {
  type AssembleResult,
  assemble,
  type CoreSettings,
  createRegisters,
  type Diagnostic,
  findPspaceUse,
  namedSettings,
  planRounds,
  resolveBattle,
  resolveSettings,
  type SettingName,
  type Warrior,
} from '../../../src/corewar/index.ts';
import { type BattleLink, MAX_WARRIORS } from './battle-address.ts';
import type { ReplayBattle } from './battle-replay.ts';

/** A warrior in the list. */
export type Entry = {
  /** Its own on the page. */
  readonly id: number;
  /** Of its file or sample; the program may call itself otherwise. */
  readonly name: string;
  readonly source: string;
};

export type SettingChoice = SettingName | 'custom';

export type BattleChoice = {
  readonly entries: readonly Entry[];
  readonly setting: SettingChoice;
  /** Those of the name, or a reader's own. */
  readonly settings: CoreSettings;
  readonly seed: number;
  /** From 0. */
  readonly round: number;
  /** `null`: drawn from the seed. */
  readonly positions: readonly number[] | null;
  /** `null`: in turn from round to round. */
  readonly first: number | null;
};

/** What keeps a battle from beginning; `entry` is the place of the warrior that it is about. */
export type SetupFault = { readonly message: string; readonly entry: number | null };

export type BattleSetup =
  | { readonly kind: 'ready'; readonly battle: ReplayBattle }
  | { readonly kind: 'faulty'; readonly faults: readonly SetupFault[] };

/** What a page plays smoothly. */
export const LIMITS = {
  coreSize: 65_536,
  maxCycles: 1_000_000,
  maxProcesses: 65_536,
  round: 10_000,
} as const;

/**
 * Assembles a warrior by the settings.
 *
 * @param isFirst whether it is the first of its battle: the registers W and S count warriors for that one alone, as in pMARS
 */
export function assembleEntry(
  source: string,
  { setting, settings }: Pick<BattleChoice, 'setting' | 'settings'>,
  counts: { readonly warriors: number; readonly rounds?: number; readonly isFirst?: boolean },
): AssembleResult {
  const { warriors, rounds = 1, isFirst = true } = counts;
  const result = assemble(source, {
    settings,
    rules: setting === '88' ? '88' : '94',
    warriors,
    rounds,
    ...(isFirst ? {} : { registers: createRegisters(0) }),
  });
  const stray = setting === '94nop' ? findPspaceUse(result.warrior) : undefined;
  if (stray === undefined) return result;
  const fault: Diagnostic = {
    severity: 'error',
    code: 'misplaced',
    message: `${stray} uses P-space, which the setting 94nop does not have`,
    hint: 'take the setting 94',
    ...findWord(source, stray),
  };
  return { ...result, warrior: null, diagnostics: [...result.diagnostics, fault] };
}

/** Where an opcode stands first. */
function findWord(source: string, word: string): Pick<Diagnostic, 'line' | 'column' | 'text'> {
  const lines = source.split('\n');
  const pattern = new RegExp(`\\b${word}\\b`, 'i');
  const line = lines.findIndex((text) => pattern.test(text.split(';')[0]!));
  if (line < 0) return { line: 1, column: 1, text: '' };
  const column = lines[line]!.search(pattern);
  return {
    line: line + 1,
    column: column + 1,
    text: lines[line]!.slice(column, column + word.length),
  };
}

/** The battle of a choice. */
export function setUpBattle(choice: BattleChoice): BattleSetup {
  const { entries, positions, first, seed, round } = choice;
  const faults: SetupFault[] = [];
  const fault = (message: string, entry: number | null = null) => faults.push({ message, entry });
  const problem = checkSettings(choice.settings);
  if (problem !== null) fault(problem);
  if (entries.length === 0) fault('A battle needs a warrior: add one, or drop a file here.');
  if (entries.length > MAX_WARRIORS) fault(`A battle has at most ${MAX_WARRIORS} warriors.`);
  const warriors: Warrior[] = [];
  if (faults.length === 0) {
    entries.forEach(({ name, source }, i) => {
      const counts = { warriors: entries.length, isFirst: i === 0 };
      const { warrior, diagnostics } = assembleEntry(source, choice, counts);
      const error = diagnostics.find(({ severity }) => severity === 'error');
      if (warrior === null) fault(`${name} does not assemble: ${describeError(error)}.`, i);
      else if (warrior.instructions.length === 0) fault(`${name} has no instruction.`, i);
      else warriors.push(warrior);
    });
  }
  if (faults.length > 0) return { kind: 'faulty', faults };
  try {
    const job = resolveBattle(warriors, choice.settings, { seed, rounds: round + 1 });
    const drawn = positions === null ? [...planRounds(job)].at(-1)! : null;
    const setup = {
      positions: positions ?? drawn!.positions,
      first: first ?? round % warriors.length,
    };
    requireRoom(warriors, choice.settings, setup.positions);
    return { kind: 'ready', battle: { settings: choice.settings, warriors, setup } };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { kind: 'faulty', faults: [{ message: toSentence(error.message), entry: null }] };
  }
}

function describeError(error: Diagnostic | undefined): string {
  return error === undefined ? 'it has errors' : `line ${error.line}, ${error.message}`;
}

function toSentence(message: string): string {
  return `${message[0]!.toUpperCase()}${message.slice(1)}.`;
}

/** What is wrong with settings, in a sentence; null if nothing is. */
export function checkSettings(settings: CoreSettings): string | null {
  const named = {
    coreSize: 'The core size',
    maxCycles: 'The number of cycles',
    maxProcesses: 'The number of processes',
  } as const;
  for (const [key, title] of Object.entries(named)) {
    const name = key as keyof typeof named;
    const value = settings[name];
    if (Number.isInteger(value) && value >= 1 && value <= LIMITS[name]) continue;
    const most = LIMITS[name].toLocaleString('en-US');
    return `${title} is ${value}; this page plays 1 to ${most}.`;
  }
  const { maxLength, minSeparation, coreSize } = settings;
  for (const [title, value] of [
    ['The length', maxLength],
    ['The distance', minSeparation],
  ] as const) {
    if (Number.isInteger(value) && value >= 1 && value <= coreSize) continue;
    return `${title} is ${value}; it is 1 to the core size of ${coreSize.toLocaleString('en-US')}.`;
  }
  try {
    resolveSettings({
      coreSize,
      cycles: settings.maxCycles,
      processes: settings.maxProcesses,
      length: maxLength,
      distance: minSeparation,
      pspace: settings.pspaceSize,
      readLimit: settings.readLimit,
      writeLimit: settings.writeLimit,
    });
    return null;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return toSentence(error.message);
  }
}

/** @throws UserError where given positions are outside of the core, or warriors overlap */
function requireRoom(
  warriors: readonly Warrior[],
  { coreSize }: CoreSettings,
  positions: readonly number[],
): void {
  if (positions.length !== warriors.length) {
    throw new UserError(`${warriors.length} warriors need ${warriors.length} positions`);
  }
  const owners = new Map<number, number>();
  warriors.forEach(({ name, instructions }, warrior) => {
    const position = positions[warrior]!;
    if (position >= coreSize) {
      throw new UserError(`position ${position} is outside of the core of ${coreSize}`);
    }
    for (let i = 0; i < instructions.length; i++) {
      const address = (position + i) % coreSize;
      const other = owners.get(address);
      if (other !== undefined) {
        throw new UserError(
          `${name} at ${position} overlaps ${warriors[other]!.name} at ${positions[other]}`,
        );
      }
      owners.set(address, warrior);
    }
  });
}

/** Positions as a reader types them, separated by commas or blanks; null where nothing is typed, a sentence where it is no list. */
export function parsePositions(text: string): readonly number[] | null | string {
  const parts = text.split(/[\s,;]+/).filter((part) => part !== '');
  if (parts.length === 0) return null;
  const wrong = parts.find((part) => !/^\d{1,9}$/.test(part));
  if (wrong !== undefined)
    return `“${wrong.slice(0, 20)}” is not an address: give whole numbers, such as 0, 4000.`;
  return parts.map(Number);
}

/** The choice that a link asks for. */
export function choiceOf(link: BattleLink): BattleChoice {
  const { settings = '94', seed = 0, round = 0, positions = null, first = null } = link;
  return {
    entries: link.warriors.map((warrior, id) => ({ id, ...warrior })),
    setting: typeof settings === 'string' ? settings : 'custom',
    settings: typeof settings === 'string' ? namedSettings(settings) : settings,
    seed,
    round: Math.min(round, LIMITS.round),
    positions,
    first,
  };
}

/** The link that brings a choice back. */
export function linkOf(choice: BattleChoice): BattleLink {
  const { entries, setting, settings, seed, round, positions, first } = choice;
  return {
    warriors: entries.map(({ name, source }) => ({ name, source })),
    settings: setting === 'custom' ? settings : setting,
    seed,
    round,
    ...(positions === null ? {} : { positions }),
    ...(first === null ? {} : { first }),
  };
}
