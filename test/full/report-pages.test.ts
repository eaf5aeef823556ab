// Every page of reports, and those of the studio, in a browser, in both color schemes.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { describePagesInBrowser } from '../support/browse-report-pages.ts';
import { describeStudioInBrowser } from '../support/browse-studio.ts';
import { MORE_PAGES, PAGES, pageFile, writeReportPages } from '../support/report-pages.ts';

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-pages-'));
  await writeReportPages(folder, { more: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describePagesInBrowser([...PAGES, ...MORE_PAGES], (name) => pageFile(folder, name), {
  colorSchemes: ['light', 'dark'],
});
describeStudioInBrowser(() => folder, {
  colorSchemes: ['light', 'dark'],
  shown: ['run', 'half', 'memory', 'study', 'race'],
});
