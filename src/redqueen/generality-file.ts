// generality.json of a run: every champion against the same held-out opponents.

import { existsSync } from 'node:fs';
import { z } from 'zod';
import { UserError } from '../core/index.ts';
import { readJsonFile } from '../files/index.ts';
import { redQueenPaths } from './run-files.ts';

const outcome = z.enum(['defeated', 'tied', 'lost']);
const generalitySchema = z.strictObject({
  opponents: z.array(z.string()).min(1),
  /** Rounds per duel, and the seed of its placements. */
  rounds: z.int().positive(),
  seed: z.int().nonnegative(),
  champions: z.array(
    z.strictObject({
      round: z.int().positive(),
      name: z.string(),
      generality: z.number(),
      defeated: z.number(),
      tied: z.number(),
      /** By opponent: the phenotype. */
      outcomes: z.array(outcome),
      scores: z.array(z.number()),
    }),
  ),
  /** Champion against champion, by round; what the one of the row does to the one of the column. */
  tournament: z.array(z.array(outcome.nullable())),
  cycles: z.int().nonnegative(),
});

export type GeneralityRecord = z.output<typeof generalitySchema>;

/** The measures of a run; null if there are none. Throws UserError if the file is damaged. */
export function readGenerality(directory: string): GeneralityRecord | null {
  const file = redQueenPaths(directory).generality;
  if (!existsSync(file)) return null;
  const result = generalitySchema.safeParse(readJsonFile(file));
  if (result.success) return result.data;
  throw new UserError(`${file} is damaged: ${result.error.issues[0]?.message}`, {
    hint: 'remove it, and measure again with "primordia drq generality"',
  });
}
