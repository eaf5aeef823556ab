// Reports on disk.

import path from 'node:path';
import { writeFileAtomic } from '../files/atomic.ts';
import { recoverTemporaries } from '../files/temporaries.ts';
import { runPaths } from '../run/run-folder.ts';
import type { Registries } from '../training/registries.ts';
import { buildRunPage } from './build-run-page.ts';
import { renderReport } from './html.ts';

/**
 * Writes the report from what lies in the folder, finished or not.
 *
 * @param out where to; by default `report.html` in the folder
 * @returns the report's path
 * @throws UserError when the folder holds no run and no study
 */
export function writeReport(directory: string, registries: Registries, out?: string): string {
  const html = renderReport(buildRunPage(directory, registries));
  if (out !== undefined) {
    writeFileAtomic(out, html);
    return out;
  }
  const file = runPaths(directory).report;
  // Written without the run's lock, so that no one else clears up after a writer that died.
  recoverTemporaries(directory, { owns: (name) => name === path.basename(file) });
  writeFileAtomic(file, html);
  return file;
}
