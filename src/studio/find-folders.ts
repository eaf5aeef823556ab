// Runs, studies, races and data sets below some folders.

import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';

export type FolderKind = 'run' | 'study' | 'dataset';

export type FoundFolder = {
  /** Names the folder to the browser: the number of its root, and its place below, with `/`. */
  readonly id: string;
  readonly directory: string;
  /** The name of the root, and the place below. */
  readonly place: string;
  readonly kind: FolderKind;
  /** The id of the study that it belongs to. */
  readonly parent: string | null;
  /** Its files, as they were when it was found. */
  readonly files: ReadonlySet<string>;
};

export type FindLimits = {
  /** Folders below a root, at most. */
  readonly depth: number;
  /** Folders that are looked into, at most. */
  readonly folders: number;
};

const FIND_LIMITS: FindLimits = { depth: 6, folders: 50_000 };

export type Found = {
  readonly folders: readonly FoundFolder[];
  /** Whether the limit of folders was reached, so that some may be missing. */
  readonly isCut: boolean;
};

/** Never entered: they have many folders, and none of a run. */
const SKIPPED: ReadonlySet<string> = new Set(['node_modules', 'dist', '__pycache__']);

/** Of a study, where its runs are. */
const JOBS = 'jobs';

/**
 * Looks for folders below `roots`. Links are not followed, so that nothing outside is shown; a folder that cannot be read is left out.
 */
export async function findFolders(
  roots: readonly string[],
  limits: FindLimits = FIND_LIMITS,
): Promise<Found> {
  const folders: FoundFolder[] = [];
  let seen = 0;

  async function visit(
    root: number,
    parts: readonly string[],
    parent: string | null,
  ): Promise<void> {
    if (seen >= limits.folders) return;
    seen++;
    const directory = path.join(roots[root]!, ...parts);
    const entries = await readdir(directory, { withFileTypes: true }).catch(() => null);
    if (entries === null) return;
    const files = new Set(entries.filter((entry) => entry.isFile()).map(({ name }) => name));
    const kind = kindOf(files);
    const id = [`${root}`, ...parts].join('/');
    if (kind) {
      const place = [path.basename(path.resolve(roots[root]!)), ...parts].join('/');
      folders.push({ id, directory, place, kind, parent, files });
    }
    // Inside of a run is nothing else that is shown, and inside of a study its runs are.
    if (kind === 'run' || kind === 'dataset' || parts.length >= limits.depth) return;
    const below = kind === 'study' ? await jobsOf(directory) : namesBelow(entries);
    const begin = kind === 'study' ? [...parts, JOBS] : parts;
    for (const name of below) await visit(root, [...begin, name], kind === 'study' ? id : parent);
  }

  for (const root of roots.keys()) await visit(root, [], null);
  return { folders, isCut: seen >= limits.folders };
}

function kindOf(files: ReadonlySet<string>): FolderKind | null {
  // By themselves study.json and recipe.json are what somebody wrote to run.
  if (files.has('run.json')) return files.has('study.json') ? 'study' : 'run';
  if (files.has('recipe.json') && files.has('provenance.json')) return 'run';
  if (files.has('manifest.json')) return 'dataset';
  return null;
}

function namesBelow(entries: readonly Dirent[]): string[] {
  return entries
    .filter(({ name }) => !name.startsWith('.') && !SKIPPED.has(name))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

async function jobsOf(directory: string): Promise<string[]> {
  const entries = await readdir(path.join(directory, JOBS), { withFileTypes: true }).catch(
    () => [],
  );
  return namesBelow(entries);
}
