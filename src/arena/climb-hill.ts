// What `hill` does: a folder of warriors becomes a hill, a hill is resumed, or a warrior challenges it.

import path from 'node:path';
import { UserError } from '../core/index.ts';
import { type FileLock, takeLock } from '../files/lock.ts';
import { clearTemporaries } from '../files/temporaries.ts';
import { watchForeignLock } from '../files/watch-lock.ts';
import type { BattlePool } from './battle-pool.ts';
import { type Hill, type HillRow, type HillRules, rankHill, settleChallenge } from './hill.ts';
import { checkRules, readHill, writeHill } from './hill-file.ts';
import type { ReadWarrior } from './read-warrior.ts';
import { runHill } from './run-hill.ts';
import { warriorId } from './warrior-id.ts';

export type ClimbOptions = {
  /** The file of the hill. */
  readonly file: string;
  readonly rules: HillRules;
  /** Warriors that are on the hill; null takes those that the file has. */
  readonly members: readonly ReadWarrior[] | null;
  readonly challenger: ReadWarrior | null;
  /** Warriors that the hill has room for; those of a folder are all taken, the lowest is pushed off by a challenge. */
  readonly size: number;
  readonly pool: BattlePool;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
};

export type ClimbResult = {
  readonly rows: readonly HillRow[];
  readonly pushedOff: readonly HillRow[];
  /** Files that did not assemble or hold a warrior that another one holds too, with the reason. */
  readonly leftOut: readonly { readonly file: string; readonly reason: string }[];
};

/**
 * Plays the missing rounds and settles the challenge. The file is saved as results come, so that a stopped hill can be resumed;
 * its warriors change only when everything has been played.
 *
 * @throws UserError if the file is not a hill, has other rules, or another process works on it; the signal's reason
 */
export async function climbHill(options: ClimbOptions): Promise<ClimbResult> {
  const place = `${options.file}.lock`;
  await watchForeignLock(place);
  const lock = takeLock(place);
  return lock.guard(async () => {
    const own = path.basename(options.file);
    clearTemporaries(path.dirname(options.file), { owns: (name) => name === own });
    return climb(options, lock);
  });
}

async function climb(options: ClimbOptions, { requireFolder }: FileLock): Promise<ClimbResult> {
  const { file, rules, members, challenger, size, pool, signal, onProgress } = options;
  const stored = readHill(file);
  if (stored) checkRules(file, stored, rules);
  else if (!members) throw new UserError(`there is no hill ${file}`, { hint: 'name a folder' });
  const { hill, leftOut } = gather(stored, rules, members);
  const contenders = challenger ? addChallenger(hill, challenger) : hill;
  const played = await runHill(contenders, {
    pool,
    // A challenger is not a member before its challenge is settled; its results are kept.
    save: (current) => {
      requireFolder();
      writeHill(file, { ...current, warriors: hill.warriors });
    },
    signal,
    ...(onProgress ? { onProgress } : {}),
  });
  const settled = challenger
    ? settleChallenge(played, warriorId(challenger.warrior!), size)
    : { hill: played, pushedOff: [] };
  requireFolder();
  writeHill(file, settled.hill);
  return { rows: rankHill(settled.hill), pushedOff: settled.pushedOff, leftOut };
}

/** The hill's warriors: those of the folder, with the ages and results that are known of them. */
function gather(stored: Hill | null, rules: HillRules, members: readonly ReadWarrior[] | null) {
  const leftOut: { file: string; reason: string }[] = [];
  const results = stored?.results ?? new Map();
  if (!members) return { hill: { rules, warriors: stored!.warriors, results }, leftOut };
  const ages = new Map(stored?.warriors.map(({ id, age }) => [id, age]));
  const entries = new Map<string, Hill['warriors'][number]>();
  for (const { file, warrior, diagnostics } of members) {
    if (!warrior) {
      leftOut.push({ file, reason: firstError(diagnostics) });
      continue;
    }
    const id = warriorId(warrior);
    const twin = entries.get(id);
    if (twin) leftOut.push({ file, reason: `it is the same warrior as ${twin.file}` });
    else entries.set(id, { id, file: path.basename(file), age: ages.get(id) ?? 1, warrior });
  }
  return { hill: { rules, warriors: [...entries.values()], results }, leftOut };
}

function firstError(diagnostics: readonly string[]): string {
  return diagnostics.find((line) => line.includes(' error: ')) ?? 'it does not assemble';
}

function addChallenger(hill: Hill, { file, warrior }: ReadWarrior): Hill {
  if (!warrior) throw new UserError(`${file} does not assemble and cannot challenge the hill`);
  const id = warriorId(warrior);
  const twin = hill.warriors.find((entry) => entry.id === id);
  if (twin) throw new UserError(`${file} is already on the hill, from ${twin.file}`);
  const entry = { id, file: path.basename(file), age: 1, warrior };
  return { ...hill, warriors: [...hill.warriors, entry] };
}
