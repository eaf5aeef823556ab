// The recipe of a study: axes of changes to one base recipe, crossed with each other and with seeds.

import { z } from 'zod';
import { explainIssue } from '../core/explain-issue.ts';
import { nearestName, UserError } from '../core/index.ts';
import { GATE_REQUIREMENTS } from '../eval/index.ts';
import { isOverlay, type Overlay } from '../run/load-recipe.ts';
import { slurmOptionsSchema } from './executors/slurm-options.ts';

const overlay = z.record(z.string(), z.unknown());
/** Names become folders. */
const name = z
  .string()
  .regex(/^\w[\w.-]*$/, 'letters, digits, dots, dashes and underscores only, no dot or dash first');
const seeds = z
  .array(z.int().nonnegative())
  .min(1)
  .refine((list) => new Set(list).size === list.length, 'duplicate seed');
/** Members of some axes: one, or several of an axis. */
const selection = z.record(name, z.union([name, z.array(name).min(1)]));

const metric = z.union([
  z.string(),
  z.strictObject({
    name: z.string().describe('loss, bitsPerByte, rollout.loss, rollout.accuracy or measures.NAME'),
    better: z.enum(['lower', 'higher']).optional().describe('Which of two values is the better'),
    stage: name.nullish().describe('The stage whose number it is; by default the last one'),
  }),
]);

const tuning = z.strictObject({
  where: selection.default({}).describe('The members it applies to; by default every cell'),
  key: z.string().describe('What is tuned: stages.text.optimizer.learningRate'),
  values: z
    .array(z.union([z.number(), z.string(), z.boolean()]))
    .min(1)
    .refine((list) => new Set(list).size === list.length, 'duplicate value')
    .describe('The values that are tried; each cell takes its best one'),
  seeds: seeds
    .default([100])
    .describe('Seeds of the runs that choose; none of them is one of the study'),
  metric: metric
    .optional()
    .describe("What the values are judged by; by default the study's metric"),
});

const contrast = z.union([
  z.tuple([name, name]),
  z.strictObject({ axis: name, treatment: name, control: name }),
]);

const studySchema = z.strictObject({
  $schema: z.string().optional().describe('The JSON schema of studies, for editors'),
  format: z.literal(2).default(2).describe('The version of recipes'),
  kind: z.literal('study').default('study'),
  name: name.describe('Names the study, and its folder'),
  description: z.string().default(''),
  seeds: seeds
    .default([0, 1, 2, 3, 4])
    .describe('Every cell runs under each; cells are compared in pairs of one seed'),
  base: overlay.default({}).describe("A recipe's keys, for every run; it may extend a recipe"),
  axes: z
    .record(name, z.record(name, overlay))
    .describe(
      'Changes to the base by axis and member; a cell is one member of each axis, in their order',
    ),
  exclude: z
    .array(selection)
    .default([])
    .describe(
      'Combinations that are left out: { "model": "gru", "transfer": ["all", "attention"] }',
    ),
  baseline: z
    .union([name, z.record(name, name)])
    .describe('The member of an axis, or of several, that the others are compared with'),
  contrasts: z
    .array(contrast)
    .default([])
    .describe('Further pairs of members, a treatment and its control: ["nca", "shuffled"]'),
  metric: metric.default('loss').describe('The number that is compared'),
  tuning: z
    .array(tuning)
    .default([])
    .describe('What is chosen for cells before they run, under seeds of its own'),
  requireGate: z
    .enum(GATE_REQUIREMENTS)
    .optional()
    .describe('The least that what a cell begins with must have learned; others enter no mean'),
  slurm: slurmOptionsSchema
    .prefault({})
    .describe('What each job asks of a cluster, under --executor slurm'),
});

/** A study as written. */
export type StudyInput = Omit<z.input<typeof studySchema>, 'tuning'> & {
  readonly tuning?: z.input<typeof tuning> | z.input<typeof tuning>[];
};

/** The number of a run's summary that is compared. */
export type Metric = {
  readonly name: string;
  readonly better: 'lower' | 'higher';
  /** Null for the last stage. */
  readonly stage: string | null;
};

/** Members by axis: a whole cell, or a part of one. */
export type Members = Readonly<Record<string, string>>;

/** The members of some axes that a cell must have one of. */
export type Selection = Readonly<Record<string, readonly string[]>>;

export type Tuning = {
  readonly where: Selection;
  readonly key: string;
  readonly values: readonly (number | string | boolean)[];
  readonly seeds: readonly number[];
  readonly metric: Metric;
};

/** Two members of an axis that are compared. */
export type Contrast = {
  readonly axis: string;
  readonly treatment: string;
  readonly control: string;
};

/** A study with all defaults filled in; the recipes in it are overlays still. */
export type Study = Omit<
  z.output<typeof studySchema>,
  'exclude' | 'baseline' | 'contrasts' | 'metric' | 'tuning'
> & {
  readonly exclude: readonly Selection[];
  readonly baseline: Members;
  readonly contrasts: readonly Contrast[];
  readonly metric: Metric;
  readonly tuning: readonly Tuning[];
};

/** Whether a loaded file is a study with axes rather than a recipe. */
export function isStudyInput(value: object): boolean {
  return 'axes' in value;
}

/**
 * Checks a study and fills in its own defaults; `planStudy` checks the recipes.
 *
 * @param origin where it comes from, for messages
 * @throws UserError naming the first fault, its place, and for a misspelt key the nearest known one
 */
export function parseStudy(value: unknown, origin: string): Study {
  const written = fillIn(value);
  const result = studySchema.safeParse(written);
  if (!result.success) {
    const schema = z.toJSONSchema(studySchema, { io: 'input', unrepresentable: 'any' });
    throw explainIssue(result.error.issues[0]!, written, schema, { origin, what: 'the study' });
  }
  const { exclude, baseline, contrasts, tuning: tunings, metric: compared, ...rest } = result.data;
  const context: Context = { origin, axes: rest.axes };
  checkAxes(rest.base, context);
  const compares = readMetric(compared, `${origin}: metric`);
  const study: Study = {
    ...rest,
    exclude: exclude.map((one, i) => readSelection(one, `exclude.${i}`, context)),
    baseline: readBaseline(baseline, context),
    contrasts: contrasts.map((one, i) => readContrast(one, `contrasts.${i}`, context)),
    metric: compares,
    tuning: tunings.map((one, i) =>
      readTuning(one, `tuning.${i}`, { ...context, seeds: rest.seeds, metric: compares }),
    ),
  };
  checkContrasts(study, origin);
  return study;
}

/** With its kind, by which the schema knows it, and a single tuning as a list of one. */
function fillIn(value: unknown): unknown {
  if (!isOverlay(value)) return value;
  const { tuning: given, ...rest } = value;
  const list = given === undefined ? {} : { tuning: [given].flat() };
  return { kind: 'study', ...rest, ...list };
}

type Context = { readonly origin: string; readonly axes: Study['axes'] };

/** Keys of a recipe that a study decides by itself. */
const OWN_KEYS = ['name', 'seed'] as const;

function checkAxes(base: Overlay, { origin, axes }: Context): void {
  if (Object.keys(axes).length === 0) {
    throw new UserError(`${origin}: axes is empty`, { hint: 'name one axis at least' });
  }
  refuseOwnKeys(base, `${origin}: base`);
  for (const [axis, members] of Object.entries(axes)) {
    if (Object.keys(members).length === 0) {
      throw new UserError(`${origin}: axes.${axis} is empty`, {
        hint: 'name one member at least',
      });
    }
    for (const [member, changes] of Object.entries(members)) {
      refuseOwnKeys(changes, `${origin}: axes.${axis}.${member}`);
    }
  }
}

function refuseOwnKeys(changes: Overlay, place: string): void {
  const found = OWN_KEYS.find((key) => changes[key] !== undefined);
  if (found === undefined) return;
  throw new UserError(`${place}.${found} has no effect in a study`, {
    hint: 'the study has a name and seeds of its own',
  });
}

function readSelection(
  given: z.output<typeof selection>,
  place: string,
  { origin, axes }: Context,
): Selection {
  return Object.fromEntries(
    Object.entries(given).map(([axis, members]) => {
      requireName(axis, axes, `${origin}: ${place}: no axis`);
      const list = [members].flat();
      for (const member of list) {
        requireName(member, axes[axis]!, `${origin}: ${place}.${axis}: no member`);
      }
      return [axis, list];
    }),
  );
}

/** A name alone is a member of the only axis that has one of this name. */
function findAxis(members: readonly string[], place: string, { origin, axes }: Context): string {
  const found = Object.keys(axes).filter((axis) =>
    members.every((member) => Object.hasOwn(axes[axis]!, member)),
  );
  if (found.length === 1) return found[0]!;
  if (found.length > 1) {
    throw new UserError(
      `${origin}: ${place}: ${members.join(' and ')} ${members.length > 1 ? 'are members' : 'is a member'} of several axes: ${found.join(', ')}`,
      { hint: 'name the axis too' },
    );
  }
  const all = Object.assign({}, ...Object.values(axes)) as object;
  for (const member of members) requireName(member, all, `${origin}: ${place}: no member`);
  throw new UserError(
    `${origin}: ${place}: ${members.join(' and ')} are members of different axes`,
    {
      hint: 'compare two members of one axis',
    },
  );
}

function readBaseline(given: string | Members, context: Context): Members {
  const members =
    typeof given === 'string' ? { [findAxis([given], 'baseline', context)]: given } : given;
  readSelection(members, 'baseline', context);
  if (Object.keys(members).length > 0) return members;
  throw new UserError(`${context.origin}: baseline is empty`, {
    hint: 'name the member that the others are compared with',
  });
}

function readContrast(given: z.output<typeof contrast>, place: string, context: Context): Contrast {
  if (!Array.isArray(given)) {
    const { axis, treatment, control } = given;
    readSelection({ [axis]: [treatment, control] }, place, context);
    return given;
  }
  const [treatment, control] = given;
  return { axis: findAxis(given, place, context), treatment, control };
}

/** Each pair is one comparison: none is there twice, or repeats one with the baseline. */
function checkContrasts({ baseline, contrasts }: Study, origin: string): void {
  const seen = new Set<string>();
  contrasts.forEach(({ axis, treatment, control }, i) => {
    const place = `${origin}: contrasts.${i}`;
    const pair = [treatment, control];
    if (treatment === control) {
      throw new UserError(`${place}: '${treatment}' is compared with itself`);
    }
    const isOnlyAxis = Object.keys(baseline).length === 1 && baseline[axis] !== undefined;
    if (isOnlyAxis && pair.includes(baseline[axis]!)) {
      throw new UserError(`${place}: '${baseline[axis]}' is the baseline`, {
        hint: 'every member is compared with it already: leave this pair out',
      });
    }
    const key = JSON.stringify([axis, ...pair.sort()]);
    if (seen.has(key)) {
      throw new UserError(`${place}: duplicate pair ${treatment}, ${control}`);
    }
    seen.add(key);
  });
}

const DIRECTIONS: Readonly<Record<string, Metric['better']>> = {
  loss: 'lower',
  bitsPerByte: 'lower',
  'rollout.loss': 'lower',
  'rollout.accuracy': 'higher',
};

function readMetric(given: z.output<typeof metric>, place: string): Metric {
  const {
    name: wanted,
    better,
    stage = null,
  } = typeof given === 'string' ? { name: given } : given;
  const direction = better ?? DIRECTIONS[wanted];
  const isMeasure = /^measures\../.test(wanted);
  if (!isMeasure) requireName(wanted, DIRECTIONS, `${place}: no metric`, ['measures.NAME']);
  if (direction === undefined) {
    throw new UserError(`${place}: whether ${wanted} is better lower or higher is not said`, {
      hint: `{ "name": "${wanted}", "better": "higher" }`,
    });
  }
  if (stage !== null && wanted.startsWith('rollout.')) {
    throw new UserError(`${place}.stage has no effect on ${wanted}`, {
      hint: 'a rollout is of the finished model',
    });
  }
  return { name: wanted, better: direction, stage };
}

function readTuning(
  given: z.output<typeof tuning>,
  place: string,
  context: Context & { readonly seeds: readonly number[]; readonly metric: Metric },
): Tuning {
  const { origin, seeds: counted } = context;
  const shared = counted.find((seed) => given.seeds.includes(seed));
  if (shared !== undefined) {
    throw new UserError(`${origin}: seed ${shared} is in seeds and in ${place}.seeds`, {
      hint: 'a value that was chosen on a seed is not judged on it: choose another one',
    });
  }
  const keys = given.key.split('.');
  if (keys.some((key) => key === '' || key === '__proto__') || keys.length > 20) {
    throw new UserError(`${origin}: ${place}.key: recipes have no key ${given.key.slice(0, 80)}`);
  }
  refuseOwnKeys({ [keys[0]!]: true }, `${origin}: ${place}.key`);
  return {
    ...given,
    where: readSelection(given.where, `${place}.where`, context),
    metric: given.metric ? readMetric(given.metric, `${origin}: ${place}.metric`) : context.metric,
  };
}

function requireName(
  wanted: string,
  known: object,
  what: string,
  others: readonly string[] = [],
): void {
  if (Object.hasOwn(known, wanted)) return;
  const names = [...Object.keys(known), ...others];
  const near = nearestName(wanted, names);
  throw new UserError(`${what} is called '${wanted}'`, {
    hint: near ? `did you mean '${near}'?` : `there are: ${names.join(', ') || 'none'}`,
  });
}
