// A study of recurrent networks: algorithms by tasks, lengths and seeds, over one base recipe.

import { z } from 'zod';
import { explainIssue } from '../../core/explain-issue.ts';
import { nearestName, UserError } from '../../core/index.ts';

const overlay = z.record(z.string(), z.unknown());
/** Names become folders. */
const name = z
  .string()
  .regex(/^\w[\w.-]*$/, 'letters, digits, dots, dashes and underscores only, no dot or dash first');
const seeds = z
  .array(z.int().nonnegative())
  .min(1)
  .refine((list) => new Set(list).size === list.length, 'a seed stands there twice');

const studySchema = z.strictObject({
  kind: z.literal('recurrent-study'),
  name,
  description: z.string().default(''),
  /** One run a task, length, algorithm and seed. */
  seeds: seeds.default([0, 1, 2, 3, 4]),
  /** A recipe's keys, for every run. */
  base: overlay.default({}),
  /** Changes to the base, by task. */
  tasks: z.record(name, overlay),
  /** Changes to that, by `contextLength`. */
  lengths: z.record(z.string().regex(/^[1-9]\d*$/, 'a number of tokens'), overlay),
  /** Changes to that, by algorithm: each leaves smt, or bptt, in the recipe. */
  algorithms: z.record(name, overlay),
  /** The algorithm that the others are compared with. */
  baseline: name.default('bptt'),
  /** Learning rates that are tried for each task and length under seeds of their own; the best one is taken. */
  tuning: z
    .strictObject({
      algorithms: z.array(name).default([]),
      learningRates: z
        .array(z.number().positive())
        .refine((list) => new Set(list).size === list.length, 'a rate stands there twice')
        .default([]),
      seeds: seeds.default([100]),
    })
    .prefault({}),
});

/** A study as written. */
export type RecurrentStudyInput = z.input<typeof studySchema>;
/** A study with all defaults filled in; the recipes in it are overlays still. */
export type RecurrentStudy = z.output<typeof studySchema>;

/** Whether a loaded file is a study of recurrent networks. */
export function isRecurrentStudyInput(value: unknown): boolean {
  return (value as { kind?: unknown } | null)?.kind === 'recurrent-study';
}

/**
 * Checks a study and fills in its own defaults; `planRuns` and `planTuning` check the recipes.
 *
 * @param origin where it comes from, for messages
 * @throws UserError naming the first fault and its place
 */
export function parseRecurrentStudy(value: unknown, origin: string): RecurrentStudy {
  const result = studySchema.safeParse(value);
  if (!result.success) {
    const schema = z.toJSONSchema(studySchema, { io: 'input', unrepresentable: 'any' });
    throw explainIssue(result.error.issues[0]!, value, schema, { origin, what: 'the study' });
  }
  const study = result.data;
  const { tasks, lengths, algorithms, tuning, baseline } = study;
  for (const [axis, values] of Object.entries({ tasks, lengths, algorithms })) {
    if (Object.keys(values).length > 0) continue;
    throw new UserError(`${origin}: ${axis} is empty`, { hint: 'name one at least' });
  }
  requireAlgorithm(study, baseline, `${origin}: baseline`);
  for (const algorithm of tuning.algorithms) {
    requireAlgorithm(study, algorithm, `${origin}: tuning.algorithms`);
  }
  if (tuning.algorithms.length > 0 && tuning.learningRates.length === 0) {
    throw new UserError(`${origin}: tuning.learningRates is empty`, {
      hint: 'name rates to choose from, or leave tuning out',
    });
  }
  const shared = tuning.algorithms.length > 0 && study.seeds.find((s) => tuning.seeds.includes(s));
  if (typeof shared === 'number') {
    throw new UserError(`${origin}: seed ${shared} stands in seeds and in tuning.seeds`, {
      hint: 'a rate that was chosen on a seed is not judged on it: choose another one',
    });
  }
  return study;
}

function requireAlgorithm({ algorithms }: RecurrentStudy, wanted: string, place: string): void {
  if (Object.hasOwn(algorithms, wanted)) return;
  const names = Object.keys(algorithms);
  const near = nearestName(wanted, names);
  throw new UserError(`${place}: no algorithm is called '${wanted}'`, {
    hint: near ? `did you mean '${near}'?` : `there are: ${names.join(', ')}`,
  });
}
