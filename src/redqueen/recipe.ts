// The recipe of an arms race: its schema, with the settings of the paper as defaults where it has them.

import { z } from 'zod';
import { explainIssue } from '../core/explain-issue.ts';
import { UserError } from '../core/index.ts';
import { memoize } from '../core/memoize.ts';
import { type KindInput, type KindOutput, registrySchema } from '../core/registry.ts';
import { type CoreSettings, makeSettings, namedSettings, SETTING_NAMES } from '../corewar/index.ts';
import type { MutatorRegistry } from './mutator.ts';
import { MUTATORS } from './mutators.ts';

/** What a niche may be made of. Source: Digital Red Queen, arXiv 2601.03335, section on MAP-Elites. */
export const AXES = ['spawned', 'coverage', 'opcodes', 'length'] as const;
export type Axis = (typeof AXES)[number];

/** Lower bounds of the bins after the first, as published. */
export const PUBLISHED_EDGES: { readonly [axis in Axis]: readonly number[] } = {
  spawned: [1, 10, 100, 1000, 10_000],
  coverage: [10, 100, 500, 1000, 4000],
  opcodes: [4, 6, 8, 10, 14],
  length: [5, 12, 20, 35, 60],
};

const edges = z
  .array(z.number().nonnegative())
  .min(1)
  .refine((values) => values.every((value, i) => i === 0 || value > values[i - 1]!), 'must rise');

const share = z.number().min(0).max(1);
const count = z.int().positive();

const coreSchema = z.strictObject({
  setting: z
    .enum(SETTING_NAMES as [string, ...string[]])
    .default('94')
    .describe('Named settings, of which the other keys override single ones.'),
  coreSize: z.int().min(20).max(65_536).optional().describe('Size of the core in instructions.'),
  maxCycles: count.max(100_000_000).optional().describe('Cycles after which a battle is a tie.'),
  maxProcesses: count.max(65_536).optional().describe('Most processes per warrior.'),
  maxLength: count.max(1000).optional().describe('Most instructions per warrior.'),
  minSeparation: count
    .optional()
    .describe('Smallest distance between warriors at the start, in instructions.'),
});

/** @param mutator schema of the recipe's mutator */
const schemaOf = <M extends z.ZodType>(mutator: M) =>
  z.strictObject({
    $schema: z
      .string()
      .optional()
      .describe(
        'Path or URL of the JSON schema of recipes, with which editors complete and check keys.',
      ),
    kind: z.literal('redqueen').describe('An arms race.'),
    name: z
      .string()
      .regex(/^[A-Za-z0-9][\w.-]*$/, 'letters, digits, dots, dashes, underscores only')
      .describe('Name of the run and of its folder.'),
    description: z.string().default('').describe('What the run is for, in one sentence.'),
    seed: z
      .int()
      .nonnegative()
      .default(0)
      .describe(
        'Random seed. Data, initial weights and everything else that is random follow from it.',
      ),
    core: coreSchema.prefault({}).describe('The core in which battles are fought.'),
    rounds: count.default(20).describe('Number of rounds, each of which ends with a champion.'),
    iterations: z
      .int()
      .nonnegative()
      .default(250)
      .describe('Candidates per round, besides those that it begins with.'),
    newAtStart: count.default(8).describe('New warriors at the start of a round.'),
    newShare: share
      .default(0.1)
      .describe('Probability that a candidate is a new warrior instead of a mutated elite.'),
    simulations: count
      .default(20)
      .describe("Battles over which a candidate's fitness is averaged."),
    opponents: z
      .strictObject({
        initial: z
          .array(z.string())
          .min(1)
          .default(['imp'])
          .describe('Opponents of the first round: names of shipped warriors, or files.'),
        last: count
          .nullable()
          .default(20)
          .describe(
            'Number of latest champions that a round is fought against (K in the paper); null takes all.',
          ),
        target: z
          .enum(['champions', 'static'])
          .default('champions')
          .describe(
            'champions: each round fights those of the rounds before; static: every round fights the initial opponents.',
          ),
      })
      .prefault({})
      .describe('The opponents of candidates.'),
    placement: z
      .enum(['fair', 'authors'])
      .default('fair')
      .describe(
        'fair: the candidate takes every slot in turn; authors: it always has the first slot and moves first.',
      ),
    archive: z
      .strictObject({
        axes: z
          .array(z.enum(AXES))
          .max(3)
          .refine((axes) => new Set(axes).size === axes.length, 'duplicate axis')
          .default(['spawned', 'coverage'])
          .describe('Properties that define niches; an empty list makes a single niche.'),
        edges: z
          .strictObject({
            spawned: edges.optional().describe('Bins of processes spawned.'),
            coverage: edges.optional().describe('Bins of core cells touched.'),
            opcodes: edges.optional().describe('Bins of different opcodes.'),
            length: edges.optional().describe('Bins of instructions.'),
          })
          .prefault({})
          .describe('Lower bounds of the bins after the first, instead of the published ones.'),
      })
      .prefault({})
      .describe('The MAP-Elites archive of a round.'),
    // Asked before each iteration but the first, as in the authors' code. A warm-up of equals has a fitness of 1.
    fitnessThreshold: z
      .number()
      .positive()
      .nullable()
      .default(null)
      .describe(
        'Fitness above which a round ends early, where 1 is an equal share of the points; null: no round ends early.',
      ),
    warmUp: z
      .strictObject({
        initial: z.boolean().default(true).describe('Whether it includes the initial opponents.'),
        champions: z.boolean().default(true).describe('Whether it includes the champions so far.'),
      })
      .prefault({})
      .describe("Warriors with which a round's archive begins, besides new ones."),
    inFlight: count
      .max(64)
      .default(4)
      .describe(
        'Candidates in progress at a time; each is drawn from the archive as it was so many candidates earlier.',
      ),
    plugins: z
      .array(z.string())
      .optional()
      .describe('Files and npm packages that add mutators; paths are relative to the recipe.'),
    mutator: mutator.describe('How new warriors are made.'),
  });

const recipeSchema = (mutators: MutatorRegistry) =>
  schemaOf(
    (registrySchema(mutators) as z.ZodType<MutatorRecipe, MutatorInput>).prefault({
      kind: 'genetic',
    }),
  );

/** The JSON schema of whole recipes, for messages and editors. */
export const redQueenJsonSchema = memoize((mutators: MutatorRegistry) =>
  z.toJSONSchema(recipeSchema(mutators), { io: 'input', unrepresentable: 'any' }),
);

type MutatorInput = KindInput<typeof MUTATORS>;
/** The options of a kind; those of plugins' kinds are known to themselves alone. */
export type MutatorRecipe = KindOutput<typeof MUTATORS>;
type Schema = ReturnType<typeof recipeSchema>;
/** A recipe as written. */
export type RedQueenInput = z.input<Schema>;
/** A recipe with all defaults filled in. */
export type RedQueenRecipe = z.output<Schema>;

/** Whether a loaded file is the recipe of an arms race. */
export function isRedQueenInput(value: unknown): boolean {
  return (value as { kind?: unknown } | null)?.kind === 'redqueen';
}

/**
 * Checks a recipe and fills in its defaults.
 *
 * @param origin where it comes from, for messages
 * @param mutators the kinds that it may name
 * @throws UserError naming the first fault, its place, and for a misspelled key the nearest known one
 */
export function parseRedQueenRecipe(
  value: unknown,
  origin: string,
  mutators: MutatorRegistry = MUTATORS,
): RedQueenRecipe {
  const schemaOfRecipe = recipeSchema(mutators);
  const result = schemaOfRecipe.safeParse(value);
  if (!result.success) {
    const schema = redQueenJsonSchema(mutators);
    throw explainIssue(result.error.issues[0]!, value, schema, { origin, what: 'the recipe' });
  }
  const recipe = result.data;
  const { coreSize, maxLength, minSeparation } = coreSettings(recipe);
  if (maxLength > minSeparation) {
    throw new UserError(
      `${origin}: core: warriors of ${maxLength} instructions do not fit ${minSeparation} apart`,
      { hint: 'raise core.minSeparation, or lower core.maxLength' },
    );
  }
  const most = countMostWarriors(recipe);
  if (most * minSeparation > coreSize) {
    throw new UserError(
      `${origin}: ${most} warriors at least ${minSeparation} apart do not fit a core of ${coreSize}`,
      { hint: 'lower opponents.last or core.minSeparation, or raise core.coreSize' },
    );
  }
  if (most > MOST_WARRIORS) {
    throw new UserError(`${origin}: ${most} warriors in a battle are more than ${MOST_WARRIORS}`, {
      hint: 'lower opponents.last',
    });
  }
  return recipe;
}

/** Warriors that one battle can have. */
const MOST_WARRIORS = 36;

function countMostWarriors({ opponents, rounds }: RedQueenRecipe): number {
  const { initial, last, target } = opponents;
  if (target === 'static') return 1 + initial.length;
  const all = initial.length + rounds - 1;
  return 1 + Math.min(all, last ?? all);
}

/** Candidates of a round, all told, where no threshold ends it: warm-ups, new warriors, iterations. */
export function countRoundCandidates(recipe: RedQueenRecipe, round: number): number {
  const { opponents, warmUp, newAtStart, iterations } = recipe;
  const initial = warmUp.initial ? opponents.initial.length : 0;
  return initial + (warmUp.champions ? round - 1 : 0) + newAtStart + iterations;
}

/** The core that a recipe's battles are fought in. */
export function coreSettings({ core }: Pick<RedQueenRecipe, 'core'>): CoreSettings {
  const { setting, ...changes } = core;
  const named = namedSettings(setting as Parameters<typeof namedSettings>[0]);
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  if (given.length === 0) return named;
  const { coreSize, maxCycles, maxProcesses, maxLength, minSeparation } = named;
  return makeSettings({
    coreSize,
    maxCycles,
    maxProcesses,
    maxLength,
    minSeparation,
    ...Object.fromEntries(given),
  });
}
