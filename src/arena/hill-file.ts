// A hill as one file: warriors, settings and the result of every pair. It is written atomically and validated when read.

import { existsSync } from 'node:fs';
import { z } from 'zod';
import { UserError } from '../core/index.ts';
import { packCode, unpackCode } from '../corewar/index.ts';
import { readJsonFile, writeFileAtomic } from '../files/index.ts';
import { coreSettingsSchema } from './core-settings-schema.ts';
import type { Hill, HillRules, PairResult } from './hill.ts';
import { warriorId } from './warrior-id.ts';

const count = z.number().int().nonnegative();
const schema = z.strictObject({
  format: z.literal('primordia-hill'),
  version: z.literal(1),
  setting: z.string(),
  settings: coreSettingsSchema,
  rounds: count.min(1),
  seed: count,
  warriors: z.array(
    z.strictObject({
      id: z.string(),
      file: z.string(),
      age: count,
      name: z.string(),
      author: z.string(),
      strategy: z.string(),
      start: count,
      pin: z.number().int().nullable(),
      /** Packed code, A-field and B-field of each instruction. */
      code: z.array(z.tuple([count.max(19 * 512 - 1), count, count])),
    }),
  ),
  results: z.record(z.string(), z.tuple([count, count, count])),
});

/**
 * The hill of a file, or null if there is none.
 *
 * @throws UserError if the file is not a hill or is damaged
 */
export function readHill(file: string): Hill | null {
  if (!existsSync(file)) return null;
  const parsed = schema.safeParse(readJsonFile(file));
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new UserError(`${file} is not a hill: ${path.join('.') || 'the file'}: ${message}`, {
      hint: 'choose another file with --out; this one is left as it is',
    });
  }
  const { setting, settings, rounds, seed, warriors, results } = parsed.data;
  const entries = warriors.map(({ id, file: source, age, code, ...rest }) => {
    const instructions = code.map(([packed, a, b]) => unpackCode(packed, a, b));
    const warrior = { ...rest, instructions };
    if (warriorId(warrior) !== id) {
      throw new UserError(`${file} is damaged: the warrior ${rest.name} has changed`);
    }
    return { id, file: source, age, warrior };
  });
  for (const [pair, [one, two, ties]] of Object.entries(results)) {
    if (one + two + ties <= rounds) continue;
    throw new UserError(`${file} is damaged: the pair ${pair} has more than ${rounds} results`);
  }
  const rules: HillRules = { setting, settings, rounds, seed };
  return { rules, warriors: entries, results: new Map(Object.entries(results)) };
}

/** Writes a hill so that the file is whole at any moment. */
export function writeHill(file: string, hill: Hill): void {
  const { rules, warriors, results } = hill;
  const entries = warriors.map(({ id, file: source, age, warrior }) => ({
    id,
    file: source,
    age,
    name: warrior.name,
    author: warrior.author,
    strategy: warrior.strategy,
    start: warrior.start,
    pin: warrior.pin,
    code: warrior.instructions.map((one) => [packCode(one), one.a, one.b]),
  }));
  const sorted: [string, PairResult][] = [...results].sort(([a], [b]) => (a < b ? -1 : 1));
  const content = {
    format: 'primordia-hill',
    version: 1,
    ...rules,
    warriors: entries,
    results: Object.fromEntries(sorted),
  };
  writeFileAtomic(file, `${JSON.stringify(content)}\n`);
}

/**
 * Fails if a hill was made with other rules than those requested.
 *
 * @throws UserError naming what differs
 */
export function checkRules(file: string, hill: Hill, rules: HillRules): void {
  const mine = { rounds: hill.rules.rounds, seed: hill.rules.seed, ...hill.rules.settings };
  const asked: Record<string, number | string> = {
    rounds: rules.rounds,
    seed: rules.seed,
    ...rules.settings,
  };
  for (const [name, value] of Object.entries(mine)) {
    if (asked[name] === value) continue;
    throw new UserError(`${file} is a hill with ${name} ${value}, not ${asked[name]}`, {
      hint: 'give the same options, or another file with --out',
    });
  }
  if (hill.rules.setting !== rules.setting) {
    throw new UserError(`${file} is a hill of ${hill.rules.setting}, not ${rules.setting}`, {
      hint: 'give the same --setting, or another file with --out',
    });
  }
}
