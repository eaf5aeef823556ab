// How a run of any kind starts in its folder, and is resumed.

import { createHash } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { readJsonFile, writeJsonAtomic } from '../files/json.ts';
import { watchForeignLock } from '../files/watch-lock.ts';
import { collectProvenance, type PluginRecord, recordResumed } from './provenance.ts';
import {
  createRunFolder,
  lockRunFolder,
  type RunLock,
  type RunPaths,
  removeIfEmpty,
} from './run-folder.ts';
import { requireKind, writeRunRecord } from './run-record.ts';

/** The initial data of a run. */
type RunBeginning = {
  readonly kind: string;
  readonly recipe: object;
  /** Plugins that added kinds. */
  readonly plugins?: readonly PluginRecord[] | undefined;
};

type RunLife<Opened, Summary> = {
  /** Checks everything that bad input can break, before the first step. */
  readonly open: (paths: RunPaths) => Promise<Opened>;
  /** Removes what `open` wrote, if it failed. */
  readonly abandon: (paths: RunPaths) => void;
  /** Does the work. It must call `requireFolder`, which checks the lock, before it writes anything. */
  readonly run: (opened: Opened, paths: RunPaths, lock: RunLock) => Promise<Summary>;
};

/**
 * Starts a run. The folder must be new or empty; it is left that way if `open` fails.
 *
 * @throws UserError for a folder in use; whatever `open` and `run` throw
 */
export async function beginRun<Opened, Summary>(
  directory: string,
  { kind, recipe, plugins }: RunBeginning,
  { open, abandon, run }: RunLife<Opened, Summary>,
): Promise<Summary> {
  const isNew = !existsSync(directory);
  const paths = createRunFolder(directory);
  let lock: RunLock | undefined;
  let opened: Opened;
  try {
    await watchForeignLock(paths.lock);
    lock = lockRunFolder(directory);
    // The recipe makes the folder a run's: from there on a run that dies can be resumed.
    writeRunRecord(directory, kind);
    writeJsonAtomic(paths.recipe, recipe);
    writeProvenance(paths, recipe, plugins);
    opened = await open(paths);
  } catch (error) {
    // Without the lock, what lies there is another process's.
    if (lock) {
      abandon(paths);
      for (const file of [paths.provenance, paths.recipe, paths.record])
        rmSync(file, { force: true });
    }
    lock?.release();
    if (isNew) removeIfEmpty(directory);
    throw error;
  }
  const held = lock;
  return held.guard(() => run(opened, paths, held));
}

/**
 * Resumes a run. One that is finished is left as it is.
 *
 * @param life.warn hears that the recipe was changed since the run began, on purpose or by a damaged disk, and that a
 *   lock of another machine is watched
 * @throws UserError if the folder holds no run, or another process is at it; whatever `open` and `run` throw
 */
export async function continueRun<Opened, Summary>(
  directory: string,
  kind: string,
  {
    open,
    run,
    readSummary,
    warn,
  }: Pick<RunLife<Opened, Summary>, 'open' | 'run'> & {
    /** The summary of a finished run. Throws UserError where it is damaged. */
    readonly readSummary: (file: string) => Summary;
    readonly warn: (text: string) => void;
  },
): Promise<Summary> {
  const paths = createRunFolder(directory, { resume: true });
  requireKind(directory, kind);
  await watchForeignLock(paths.lock, { onWait: warn });
  const lock = lockRunFolder(directory);
  return lock.guard(async () => {
    if (existsSync(paths.summary)) return readSummary(paths.summary);
    const recipe = readJsonFile(paths.recipe) as object;
    if (!existsSync(paths.provenance)) writeProvenance(paths, recipe);
    else if (isOtherRecipe(paths, recipe)) {
      warn(
        `${paths.recipe} is not what the run began with: the run continues with the changed recipe`,
      );
    }
    recordResumed(paths.provenance);
    return run(await open(paths), paths, lock);
  });
}

function writeProvenance(
  { provenance }: RunPaths,
  recipe: object,
  plugins?: readonly PluginRecord[],
): void {
  writeJsonAtomic(provenance, { ...collectProvenance({ plugins }), recipe: hashRecipe(recipe) });
}

/** Whether a run's recipe has changed since it began, apart from keys that affect no number. */
export function isOtherRecipe({ provenance }: RunPaths, recipe: object): boolean {
  const { recipe: begun } = Object(readJsonFile(provenance)) as { recipe?: unknown };
  // Earlier versions noted no hash.
  return begun !== undefined && begun !== hashRecipe(recipe);
}

/** Keys of a recipe that affect no number: how the machine is used. */
const DECIDES_NOTHING = new Set(['$schema', 'engine', 'checkpoint', 'description', 'plugins']);

/** Whether an entry affects no number. The path of a model does not, since its bytes are noted. */
function decidesNothing(key: string, value: unknown): boolean {
  return (
    DECIDES_NOTHING.has(key) || (key === 'from' && typeof value === 'string' && /[/\\]/.test(value))
  );
}

/** SHA-256 of the parts of a recipe that affect a run's numbers. */
function hashRecipe(recipe: object): string {
  const deciding = JSON.stringify(recipe, (key, value) => {
    // How the machine is used affects no number, except how it rounds.
    const precision = key === 'engine' ? Object(value).precision : undefined;
    if (precision === 'bfloat16') return { precision };
    return decidesNothing(key, value) ? undefined : value;
  });
  return createHash('sha256').update(deciding).digest('hex');
}
