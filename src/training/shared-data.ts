// Data prepared once for all runs of a study, such as the tokens of a text.

import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, linkSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { createDirectoryAtomic, ensureDirectory, explainingErrors } from '../files/atomic.ts';
import type { Recipe, ResolvedStage } from './recipe.ts';

/** The folder in which runs share the prepared data of a stage. */
export function sharedFolder(
  shared: string,
  { seed }: Pick<Recipe, 'seed'>,
  { data }: Pick<ResolvedStage, 'data'>,
): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([seed, data]))
    .digest('hex');
  return path.join(shared, hash.slice(0, 16));
}

/** Gives a folder the files of another, without a second copy if the file system can share them; all or none. */
export function shareFolder(from: string, to: string): void {
  if (!existsSync(from) || existsSync(to)) return;
  const files = explainingErrors(
    from,
    () => readdirSync(from, { recursive: true, encoding: 'utf8' }),
    'reading',
  );
  ensureDirectory(path.dirname(to), { parents: 0 });
  createDirectoryAtomic(to, (temporary) => {
    for (const file of files) {
      const [source, target] = [path.join(from, file), path.join(temporary, file)];
      if (statSync(source).isDirectory()) continue;
      ensureDirectory(path.dirname(target));
      explainingErrors(target, () => linkOrCopy(source, target));
    }
  });
}

function linkOrCopy(source: string, target: string): void {
  try {
    linkSync(source, target);
  } catch {
    copyFileSync(source, target);
  }
}
