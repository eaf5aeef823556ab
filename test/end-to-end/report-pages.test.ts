// Every kind of report in a browser: nothing on the console, no serious finding of axe; from a folder alone, and unfinished.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseHTML } from 'linkedom';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runInProcess } from '../support/command-line.ts';
import { expectSamePage } from '../support/page-text.ts';
import { PAGES, writeReportPages } from '../support/report-pages.ts';

const CHROMIUM = ['chromium', 'chromium-browser', 'google-chrome']
  .map((name) => spawnSync('which', [name], { encoding: 'utf8' }).stdout?.trim())
  .find((file) => file);

let folder: string;
let pages: Awaited<ReturnType<typeof writeReportPages>>;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-pages-'));
  pages = await writeReportPages(folder);
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (file: string) => readFileSync(file, 'utf8');

// biome-ignore lint/suspicious/noExplicitAny: the project is compiled without the types of the DOM
function parse(file: string): any {
  return parseHTML(read(file)).document;
}

describe('an unfinished', () => {
  const missing = (name: keyof typeof pages) =>
    [...parse(pages[name]).querySelectorAll('header .banner li')].map(
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
    const document = parse(pages['half-race']);
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
        expectSamePage(read(path.join(elsewhere, name, 'report.html')), read(pages[name]));
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
    expectSamePage(read(path.join(folder, 'here.html')), read(pages.run));
  });

  test('of several says in its headline which did best, and what their recipes differ in', () => {
    const document = parse(pages['compared-runs']);
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

/** Text that is smaller than this cannot be read on a phone, in pixels. */
const LEAST_TEXT = 11;

/** Text of a page that is drawn smaller, with its size. */
const FIND_SMALL_TEXT = `(() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { data, parentElement: element } = walker.currentNode;
    if (data.trim() === '' || !element.checkVisibility({ visibilityProperty: true })) continue;
    const svg = element.ownerSVGElement;
    const scale = svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
    const size = scale * parseFloat(getComputedStyle(element).fontSize);
    if (size > 0 && size < ${LEAST_TEXT}) found.push(size.toFixed(1) + ' px: ' + data.trim().slice(0, 60));
  }
  return found;
})()`;

describe.skipIf(!CHROMIUM)('in a browser', () => {
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  let browser: Awaited<ReturnType<typeof chromium.launch>>;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox'] });
  });
  afterAll(() => browser?.close());

  test.each(PAGES)(
    '%s says nothing on the console, fits a phone and is accessible',
    async (name) => {
      const context = await browser.newContext({ viewport: { width: 400, height: 800 } });
      try {
        const page = await context.newPage();
        const said: string[] = [];
        page.on('console', (message) => said.push(message.text()));
        page.on('pageerror', (error) => said.push(String(error)));
        await page.goto(pathToFileURL(pages[name]).href);
        const width = await page.evaluate<number>('document.documentElement.scrollWidth');
        expect(width, 'nothing is wider than a phone').toBeLessThanOrEqual(400);
        expect(await page.evaluate(FIND_SMALL_TEXT)).toEqual([]);
        await page.evaluate(axe);
        // The schemes differ in nothing but their colors.
        for (const [colorScheme, rules] of [
          ['light', ''],
          ['dark', "{ runOnly: ['color-contrast'] }"],
        ] as const) {
          await page.emulateMedia({ colorScheme });
          const { violations } = await page.evaluate<{
            violations: { id: string; impact: string; nodes: { html: string }[] }[];
          }>(`axe.run(${rules})`);
          const serious = violations
            .filter(({ impact }) => impact === 'serious' || impact === 'critical')
            .map(({ id, nodes }) => `${id}: ${nodes[0]!.html.slice(0, 300)}`);
          expect(serious, colorScheme).toEqual([]);
        }
        expect(said).toEqual([]);
      } finally {
        await context.close();
      }
    },
  );

  test('a player starts paused where motion is to be reduced, and takes another speed', async () => {
    const context = await browser.newContext({ reducedMotion: 'reduce' });
    const page = await context.newPage();
    await page.goto(pathToFileURL(pages.rollouts).href);
    expect(await page.textContent('#play')).toBe('Play');
    await page.selectOption('#speed', '4');
    expect(await page.textContent('#play')).toBe('Play');
    await page.click('#play');
    await expect.poll(() => page.inputValue('#frame')).not.toBe('0');
    await context.close();
  });
});
