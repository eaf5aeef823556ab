// Every kind of report in a browser: nothing on the console, no serious finding of axe; from a folder alone, and unfinished.

import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseHTML } from 'linkedom';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describePagesInBrowser } from '../support/browse-report-pages.ts';
import { describeSiteInBrowser } from '../support/browse-site.ts';
import { describeStudioInBrowser } from '../support/browse-studio.ts';
import { runInProcess } from '../support/command-line.ts';
import { expectSamePage } from '../support/page-text.ts';
import { PAGES, pageFile, type ReportPage, writeReportPages } from '../support/report-pages.ts';

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-pages-'));
  await writeReportPages(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const page = (name: ReportPage) => pageFile(folder, name);
const read = (file: string) => readFileSync(file, 'utf8');

// biome-ignore lint/suspicious/noExplicitAny: the project is compiled without the types of the DOM
function parse(file: string): any {
  return parseHTML(read(file)).document;
}

describe('an unfinished', () => {
  const missing = (name: ReportPage) =>
    [...parse(page(name)).querySelectorAll('header .banner li')].map(
      (node: { textContent: string }) => node.textContent,
    );

  test('run says which stages are not done, and what comes at the end', () => {
    expect(missing('run')).toEqual([]);
    expect(missing('half')).toEqual([
      'Stage text is at step 7 of 12, with 2 of 4 evaluations made.',
      'Made at the end, and not there yet: the sample of what the model writes.',
    ]);
  });

  test('study says which runs are missing', () => {
    expect(missing('study')).toEqual([]);
    expect(missing('half-study')).toEqual([
      '1 of 6 runs has not ended.',
      'Not begun: shuffled seed 1.',
    ]);
  });

  test('arms race says which rounds are missing', () => {
    expect(missing('race')).toEqual([]);
    expect(missing('half-race').join(' ')).toMatch(/^Round 3 has \d+ of \d+ candidates\.$/);
    // A round under way counts for nothing else.
    const document = parse(page('half-race'));
    expect(document.querySelector('h1').textContent).toMatch(/^Unfinished: 2 of 3 rounds done\. /);
    const titles = [...document.querySelectorAll('.chart-title')].map(
      (node: { textContent: string }) => node.textContent,
    );
    expect(titles).toContain('Round 2');
    expect(titles).not.toContain('Round 3');
  });
});

describe('a report', () => {
  test.each(['run', 'study', 'memory', 'race'] as const)(
    'of a copied folder is the same without what the %s read',
    async (name) => {
      const elsewhere = mkdtempSync(path.join(tmpdir(), 'primordia-copy-'));
      try {
        cpSync(path.join(folder, name), path.join(elsewhere, name), { recursive: true });
        rmSync(path.join(elsewhere, name, 'report.html'));
        const { code, stderr } = await runInProcess(['report', name], { cwd: elsewhere });
        expect([code, stderr]).toEqual([0, '']);
        expectSamePage(read(path.join(elsewhere, name, 'report.html')), read(page(name)));
      } finally {
        rmSync(elsewhere, { recursive: true, force: true });
      }
    },
  );

  test('goes where --out says', async () => {
    const { stdout } = await runInProcess(['report', 'run', '--out', 'here.html', '--json'], {
      cwd: folder,
    });
    expect(JSON.parse(stdout)).toEqual({ report: 'here.html' });
    expectSamePage(read(path.join(folder, 'here.html')), read(page('run')));
  });

  test('of several says in its headline which did best, and what their recipes differ in', () => {
    const document = parse(page('compared-runs'));
    expect(document.querySelector('h1').textContent).toMatch(
      /^(run|other) has the lowest held-out loss at the end of stage text: \d\.\d{3}\u00a0nats per target, \d\.\d{3} below (run|other)\.$/,
    );
    const rows = [...document.querySelectorAll('tr')].map(
      (row: { children: Iterable<{ textContent: string }> }) =>
        [...row.children].map(({ textContent }) => textContent),
    );
    expect(rows).toContainEqual(['seed', '0', '1']);
    expect(rows).toContainEqual(['stages.text.steps', '12', '8']);
  });

  test('of several refuses mixed kinds, folders given twice, and files', async () => {
    const cases = [
      [['run', 'study'], 'run is a training run, and study is a study: only runs of one kind'],
      [['race', 'run'], 'race is an arms race, and run is a training run'],
      [['run', './run'], 'the run run (also as ./run) is given twice'],
      [['run', 'hill.json'], 'hill.json is a file'],
      [['run', 'warriors'], 'warriors holds no run'],
    ] as const;
    for (const [given, message] of cases) {
      const { code, stderr } = await runInProcess(['report', ...given], { cwd: folder });
      expect(stderr).toContain(message);
      expect(code).toBe(1);
    }
  });
});

// Unfinished pages of every kind, and contrast in light and dark: `npm run test:full`.
const BROWSED = PAGES.filter((name) => !['half', 'half-race', 'compared-runs'].includes(name));
describePagesInBrowser(BROWSED, page, { colorSchemes: [], player: 'rollouts' });

describeStudioInBrowser(() => folder, { colorSchemes: [], shown: ['run'] });

describeSiteInBrowser(() => folder);
