// What a study is made of: arms and seeds over one base recipe, on one corpus or several.

import { z } from 'zod';
import { explainIssue } from '../../core/explain-issue.ts';
import { nearestName, UserError } from '../../core/index.ts';

const overlay = z.record(z.string(), z.unknown());
/** Names become folders. */
const name = z
  .string()
  .regex(/^\w[\w.-]*$/, 'letters, digits, dots, dashes and underscores only, no dot or dash first');

const studySchema = z.strictObject({
  name,
  description: z.string().default(''),
  /** One run an arm, corpus and seed; arms of one seed share text order and initial weights. */
  seeds: z
    .array(z.int().nonnegative())
    .min(1)
    .refine((seeds) => new Set(seeds).size === seeds.length, 'a seed stands there twice')
    .default([0, 1, 2, 3, 4]),
  /** The arm that the others are compared with. */
  baseline: name.default('scratch'),
  /** A recipe's keys, for every run. */
  base: overlay.default({}),
  /** Changes to the key `text`, by corpus. */
  corpora: z.record(name, overlay).default({ text: {} }),
  /** Changes to the base for models that arms begin with: of a source stage, or of text where they say `text`. */
  sources: z.record(name, overlay).default({}),
  /** Changes to the base for the arms' text stages; `from` names the source that an arm begins with. */
  arms: z.record(name, overlay.and(z.object({ from: name.optional() }))),
  /** Further pairs of arms to compare, the first minus the second: a claim against its control. */
  contrasts: z.array(z.tuple([name, name])).default([]),
});

/** A study as written. */
export type StudyInput = z.input<typeof studySchema>;
/** A study with all defaults filled in; the recipes in it are overlays still. */
export type Study = z.output<typeof studySchema>;

/** Whether a loaded file is a study rather than a recipe. */
export function isStudyInput(value: object): boolean {
  return 'arms' in value;
}

/**
 * Checks a study and fills in its own defaults; `planStudy` checks the recipes.
 *
 * @param origin where it comes from, for messages
 * @throws UserError naming the first fault, its place, and for a misspelt key the nearest known one
 */
export function parseStudy(value: unknown, origin: string): Study {
  const result = studySchema.safeParse(value);
  if (!result.success) {
    const schema = z.toJSONSchema(studySchema, { io: 'input', unrepresentable: 'any' });
    throw explainIssue(result.error.issues[0]!, value, schema, { origin, what: 'the study' });
  }
  const study = result.data;
  const { arms, baseline, corpora, sources } = study;
  if (Object.keys(corpora).length === 0) {
    throw new UserError(`${origin}: corpora is empty`, { hint: 'leave it out for one corpus' });
  }
  requireName(baseline, arms, `${origin}: baseline: no arm`);
  for (const [arm, { from }] of Object.entries(arms)) {
    if (from !== undefined) requireName(from, sources, `${origin}: arms.${arm}.from: no source`);
  }
  checkContrasts(study, origin);
  return study;
}

/** Each pair of arms is one comparison: none stands there twice, or repeats one with the baseline. */
function checkContrasts({ arms, baseline, contrasts }: Study, origin: string): void {
  const seen = new Set<string>();
  contrasts.forEach((pair, i) => {
    const place = `${origin}: contrasts.${i}`;
    for (const arm of pair) requireName(arm, arms, `${place}: no arm`);
    const [first, second] = [...pair].sort();
    if (first === second) throw new UserError(`${place}: '${first}' is compared with itself`);
    if (pair.includes(baseline)) {
      throw new UserError(`${place}: '${baseline}' is the baseline`, {
        hint: 'every arm is compared with it already: leave this pair out',
      });
    }
    const key = `${first} ${second}`;
    if (seen.has(key))
      throw new UserError(`${place}: the pair ${pair.join(', ')} stands there twice`);
    seen.add(key);
  });
}

function requireName(wanted: string, known: object, what: string): void {
  if (Object.hasOwn(known, wanted)) return;
  const names = Object.keys(known);
  const near = nearestName(wanted, names);
  throw new UserError(`${what} is called '${wanted}'`, {
    hint: near ? `did you mean '${near}'?` : `there are: ${names.join(', ') || 'none'}`,
  });
}
