// A comparison on disk.

import path from 'node:path';
import { UserError } from '../core/index.ts';
import { writeFileAtomic } from '../files/atomic.ts';
import type { Registries } from '../training/registries.ts';
import { buildComparisonPage } from './build-comparison-page.ts';
import { renderReport } from './html.ts';

/** Where a comparison goes unless another place is named. */
const COMPARISON_FILE = 'comparison.html';

/**
 * Writes a page that compares runs of one kind: training runs, studies or arms races.
 *
 * @param directories two folders at least
 * @returns the page's path
 * @throws UserError where kinds are mixed, a folder holds no run or is given twice, or `file` is one of the folders
 */
export function writeComparison(
  directories: readonly string[],
  registries: readonly Registries[],
  file = COMPARISON_FILE,
): string {
  const page = buildComparisonPage(directories, registries);
  const place = path.resolve(file);
  if (directories.some((directory) => path.resolve(directory) === place)) {
    throw new UserError(`${file} is a run's folder`, { hint: 'name another file for the page' });
  }
  writeFileAtomic(file, renderReport(page));
  return file;
}
