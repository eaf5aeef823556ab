// A battle as part of an address: its warriors with their sources, its settings, where they begin.

import { deflateSync, Inflate, strFromU8, strToU8 } from 'fflate';
import { UserError } from '../../../src/core/index.ts';
import {
  type CoreSettings,
  MAX_SOURCE,
  SETTING_NAMES,
  type SettingName,
} from '../../../src/corewar/index.ts';
import { addressOf } from '../../routes.ts';

export type BattleLink = {
  /** What each is called in the list, and its Redcode or load file. */
  readonly warriors: readonly { readonly name: string; readonly source: string }[];
  /** Settings by name or one by one; `94` by default. */
  readonly settings?: SettingName | CoreSettings;
  /** What positions are drawn from where they are not given, as `primordia battle --seed` does; 0 by default. */
  readonly seed?: number;
  /** Which round of that battle, from 0; 0 by default. */
  readonly round?: number;
  /** The address of each warrior's first instruction. */
  readonly positions?: readonly number[];
  /** The warrior that moves first, by its place in `warriors`; they take turns from round to round by default. */
  readonly first?: number;
};

/** Warriors of a battle, at most. */
export const MAX_WARRIORS = 12;
/** UTF-8 bytes of all sources and names together, at most. */
export const MAX_LINK_BYTES = 512 << 10;
/** Characters of an address; browsers allow more. */
const MAX_LINK_LENGTH = 700_000;
const MAX_NAME = 120;
const VERSION = 1;

/**
 * The address of the studio's page that shows a battle, to be used as a link. All of it is behind `#`, compressed: no server
 * sees it, and exported pages read it too.
 *
 * @throws UserError for none or too many warriors, and sources that are too large for an address
 */
export function battleAddress(link: BattleLink): string {
  return addressOf('core-war', '', { battle: packBattle(link) });
}

/**
 * The value of `battle` in the page's query.
 *
 * @throws UserError as `battleAddress`
 */
export function packBattle(link: BattleLink): string {
  checkCount(link.warriors.length);
  const { warriors, settings = '94', seed = 0, round = 0, positions = null, first = null } = link;
  const value = {
    v: VERSION,
    w: warriors.map(({ name, source }) => [name.slice(0, MAX_NAME), source]),
    c: settings,
    s: seed,
    r: round,
    p: positions,
    f: first,
  };
  const bytes = strToU8(JSON.stringify(value));
  if (bytes.length > MAX_LINK_BYTES) {
    throw new UserError(
      `the warriors have ${bytes.length.toLocaleString('en-US')} bytes of source; a link holds ${MAX_LINK_BYTES.toLocaleString('en-US')}`,
      { hint: 'take fewer warriors or shorter ones' },
    );
  }
  const packed = deflateSync(bytes, { level: 9 });
  let text = '';
  for (let at = 0; at < packed.length; at += 4096) {
    text += String.fromCharCode(...packed.subarray(at, at + 4096));
  }
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/**
 * What `packBattle` has packed. Whatever else stands in an address is refused, within bounds of time and memory.
 *
 * @throws UserError if it cannot be read
 */
export function unpackBattle(text: string): BattleLink {
  if (text.length > MAX_LINK_LENGTH) throw unreadable('it is too long');
  const value = parse(inflate(text));
  if (!isRecord(value) || value.v !== VERSION) throw unreadable('it is of another version');
  const { w, c, s, r, p, f } = value;
  if (!Array.isArray(w) || !w.every(isWarrior)) throw unreadable('it has no warriors');
  checkCount(w.length);
  const settings = readSettings(c);
  if (settings === null || !isCount(s) || !isCount(r)) throw unreadable('its settings are damaged');
  if (p !== null && !(Array.isArray(p) && p.length === w.length && p.every(isCount))) {
    throw unreadable('its positions are damaged');
  }
  if (f !== null && !(isCount(f) && f < w.length)) throw unreadable('nobody begins');
  return {
    warriors: w.map(([name, source]) => ({ name, source })),
    settings,
    seed: s,
    round: r,
    ...(p === null ? {} : { positions: p as number[] }),
    ...(f === null ? {} : { first: f }),
  };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function checkCount(count: number): void {
  if (count >= 1 && count <= MAX_WARRIORS) return;
  throw new UserError(`a battle has 1 to ${MAX_WARRIORS} warriors, not ${count}`);
}

/** Packed bytes at a time: what they unpack to is at most a thousand times as long. */
const PIECE = 512;

function inflate(text: string): Uint8Array {
  const bytes = new Uint8Array(MAX_LINK_BYTES);
  let length = 0;
  let isWhole = false;
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    const packed = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    const stream = new Inflate((piece, isLast) => {
      if (length + piece.length <= bytes.length) bytes.set(piece, length);
      length += piece.length;
      isWhole = isLast;
    });
    for (let at = 0; at < packed.length && length <= MAX_LINK_BYTES; at += PIECE) {
      stream.push(packed.subarray(at, at + PIECE), at + PIECE >= packed.length);
    }
  } catch {
    throw unreadable('it is cut off or damaged');
  }
  if (length > MAX_LINK_BYTES) throw unreadable('it is too large');
  if (!isWhole) throw unreadable('it is cut off or damaged');
  return bytes.subarray(0, length);
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(strFromU8(bytes));
  } catch {
    throw unreadable('it is cut off or damaged');
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isWarrior(value: unknown): value is [string, string] {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [name, source] = value;
  return (
    typeof name === 'string' &&
    name.length <= MAX_NAME &&
    typeof source === 'string' &&
    source.length <= MAX_SOURCE
  );
}

const SETTING_KEYS = [
  'coreSize',
  'maxCycles',
  'maxProcesses',
  'maxLength',
  'minSeparation',
  'pspaceSize',
  'readLimit',
  'writeLimit',
] as const;

function readSettings(value: unknown): SettingName | CoreSettings | null {
  const name = SETTING_NAMES.find((one) => one === value);
  if (name !== undefined) return name;
  if (!isRecord(value)) return null;
  const numbers = SETTING_KEYS.map((key) => value[key]);
  if (!numbers.every(isCount)) return null;
  return Object.fromEntries(
    SETTING_KEYS.map((key, i) => [key, numbers[i]]),
  ) as unknown as CoreSettings;
}

function unreadable(why: string): UserError {
  return new UserError(`the battle in this address cannot be read: ${why}`, {
    hint: 'copy the whole address, or begin with the sample battle',
  });
}
