// From a study as written to one with every name checked and every default filled in.

import type { z } from 'zod';
import { explainIssue } from '../core/explain-issue.ts';
import { nearestName, UserError } from '../core/index.ts';
import { explainFolderName, findCaseTwins } from '../run/folder-names.ts';
import { isOverlay, type Overlay } from '../run/load-recipe.ts';
import {
  type Contrast,
  type contrastSchema,
  type Members,
  type Metric,
  type metricSchema,
  type Selection,
  type Study,
  type selectionSchema,
  studyJsonSchema,
  studySchema,
  type Tuning,
  type tuningSchema,
} from './study-schema.ts';

/** Whether a loaded file is a study with axes rather than a recipe. */
export function isStudyInput(value: object): boolean {
  return 'axes' in value;
}

/**
 * Checks a study and fills in its own defaults; `planStudy` checks the recipes.
 *
 * @param origin where it comes from, for messages
 * @throws UserError naming the first fault, its place, and for a misspelled key the nearest known one
 */
export function parseStudy(value: unknown, origin: string): Study {
  const written = fillIn(value);
  const result = studySchema.safeParse(written);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw explainIssue(issue!, written, studyJsonSchema(), { origin, what: 'the study' });
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

/** Adds the kind that the schema needs, and turns a single tuning into a list. */
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
    throw new UserError(`${origin}: axes is empty`, { hint: 'name at least one axis' });
  }
  refuseOwnKeys(base, `${origin}: base`);
  for (const [axis, members] of Object.entries(axes)) {
    requireFolders(Object.keys(members), `${origin}: axes.${axis}`);
  }
  for (const [axis, members] of Object.entries(axes)) {
    if (Object.keys(members).length === 0) {
      throw new UserError(`${origin}: axes.${axis} is empty`, {
        hint: 'name at least one member',
      });
    }
    for (const [member, changes] of Object.entries(members)) {
      refuseOwnKeys(changes, `${origin}: axes.${axis}.${member}`);
    }
  }
}

/** Cells are folders by their members. */
function requireFolders(members: readonly string[], place: string): void {
  for (const member of members) {
    const why = explainFolderName(member);
    if (why !== null) throw new UserError(`${place}.${member}: a bad name: ${why}`);
  }
  const twins = findCaseTwins(members);
  if (!twins) return;
  throw new UserError(
    `${place}: '${twins[0]}' and '${twins[1]}' would share a folder on file systems that ignore case`,
    { hint: 'give one of them another name' },
  );
}

function refuseOwnKeys(changes: Overlay, place: string): void {
  const found = OWN_KEYS.find((key) => changes[key] !== undefined);
  if (found === undefined) return;
  throw new UserError(`${place}.${found} has no effect in a study`, {
    hint: 'the study has a name and seeds of its own',
  });
}

function readSelection(
  given: z.output<typeof selectionSchema>,
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

/** A name without an axis is a member of the only axis that has one of this name. */
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

function readContrast(
  given: z.output<typeof contrastSchema>,
  place: string,
  context: Context,
): Contrast {
  const pair = Array.isArray(given) ? { treatment: given[0], control: given[1] } : given;
  const members = [pair.treatment, pair.control];
  const { axis = findAxis(members, place, context), ...rest } = pair as typeof pair &
    Partial<Contrast>;
  readSelection({ [axis]: members }, place, context);
  return { axis, ...rest };
}

/** Each pair is one comparison: no duplicates, and no repetitions of a comparison with the baseline. */
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

function readMetric(given: z.output<typeof metricSchema>, place: string): Metric {
  const {
    name: wanted,
    better,
    stage = null,
  } = typeof given === 'string' ? { name: given } : given;
  const direction = better ?? DIRECTIONS[wanted];
  const isMeasure = /^measures\../.test(wanted);
  if (!isMeasure) requireName(wanted, DIRECTIONS, `${place}: no metric`, ['measures.NAME']);
  if (direction === undefined) {
    throw new UserError(`${place}: say whether lower or higher values of ${wanted} are better`, {
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
  given: z.output<typeof tuningSchema>,
  place: string,
  context: Context & { readonly seeds: readonly number[]; readonly metric: Metric },
): Tuning {
  const { origin, seeds: counted } = context;
  const shared = counted.find((seed) => given.seeds.includes(seed));
  if (shared !== undefined) {
    throw new UserError(`${origin}: seed ${shared} is in seeds and in ${place}.seeds`, {
      hint: 'a value must not be judged under a seed that chose it: use another one',
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
