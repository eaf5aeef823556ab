// Tests of the studio in a browser, on a folder with runs of every kind.

import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KINDS, kindsWithoutLoading } from '../../src/plugins/index.ts';
import { openStudio, type Studio } from '../../src/studio/index.ts';
import { CHROMIUM, openBrowser } from './browser.ts';
import { checkPage, listenToPage } from './check-page.ts';
import { MAIN, startCommand } from './command-line.ts';

/** No process has an id that is larger. */
const DEAD_PID = 2 ** 22 + 1;

type StudioChecks = {
  readonly colorSchemes: readonly ('light' | 'dark')[];
  /** Runs whose pages are looked at. */
  readonly shown: readonly ('run' | 'half' | 'memory' | 'study' | 'race')[];
};

/** @param folderOf the folder of `writeReportPages`, asked for in the tests */
export function describeStudioInBrowser(
  folderOf: () => string,
  { colorSchemes, shown }: StudioChecks,
): void {
  describe.skipIf(!CHROMIUM)('the studio', () => {
    let browser: Browser;
    let context: BrowserContext;
    let studio: Studio;
    let page: Page;
    let said: readonly string[];
    const at = (...names: string[]) => path.join(folderOf(), ...names);
    const root = () => `0/`;
    const address = (hash: string) => `http://127.0.0.1:${studio.port}/${hash}`;

    beforeAll(async () => {
      cpSync(at('half'), at('killed'), { recursive: true });
      const holder = { pid: DEAD_PID, started: null, token: 1, host: undefined };
      writeFileSync(at('killed', 'run.lock'), JSON.stringify(holder));
      // The recipes of these runs name files from their folder on.
      writeFileSync(
        at('program.mjs'),
        `process.chdir(${JSON.stringify(folderOf())}); await import(${JSON.stringify(MAIN)});`,
      );
      studio = await openStudio({
        folders: [folderOf()],
        kindsOf: (directory) => kindsWithoutLoading(directory, KINDS),
        findEveryMs: 200,
        program: at('program.mjs'),
        lookEveryMs: 100,
      });
      browser = await openBrowser();
      context = await browser.newContext({ viewport: { width: 400, height: 800 } });
      page = await context.newPage();
      page.setDefaultTimeout(20_000);
      said = listenToPage(page);
      await page.goto(studio.url);
    });
    afterAll(async () => {
      await browser?.close();
      await studio?.close();
    });

    const rowOf = (name: string) =>
      page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) });
    const place = (name: string) => `${path.basename(folderOf())}/${name}`;

    test('lists runs, studies and races with their states, and leaves no token in the address', async () => {
      const states = [
        ['run', 'finished'],
        ['half', 'stopped'],
        ['killed', 'killed'],
        ['study', 'finished'],
        ['race', 'finished'],
      ] as const;
      for (const [name, state] of states) {
        await rowOf(place(name)).getByText(state, { exact: true }).waitFor();
      }
      expect(page.url()).not.toContain('token');
      await checkPage(page, colorSchemes);
      await page.getByRole('searchbox').fill('drq');
      await expect
        .poll(() => page.getByRole('link', { name: place('run'), exact: true }).count())
        .toBe(0);
      await page.getByRole('searchbox').fill('');
    });

    test.each(shown)('shows %s with its report', async (name) => {
      await page.goto(address(`#/run/${root()}${name}`));
      await page.getByRole('heading', { level: 1, name: place(name) }).waitFor();
      await page.locator('.report .headline').waitFor();
      const { subtitle } = JSON.parse(
        await page.evaluate(
          `fetch('/api/report?id=${root()}${name}', { headers: { 'X-Studio-Token': ${JSON.stringify(studio.token)} } }).then((r) => r.text())`,
        ),
      );
      expect(await page.locator('.report .headline').textContent()).toBe(subtitle);
      // Every chart of the report is there, drawn.
      for (const chart of await page.locator('.report [data-chart]').all()) {
        expect(await chart.locator('svg').count()).toBeGreaterThan(0);
      }
      await checkPage(page, colorSchemes);
    });

    test('draws curves of a run over steps, tokens, seconds and depth', async () => {
      await page.goto(address(`#/run/${root()}run`));
      const curve = page.getByRole('img', { name: /^Held-out loss: / });
      await curve.waitFor();
      const rows = readFileSync(at('run', 'metrics.jsonl'), 'utf8').trim().split('\n');
      const last = rows.map((row) => JSON.parse(row)).findLast((row) => 'heldOutLoss' in row);
      // What a screen reader says is the loss that the run's record ends with.
      expect(await curve.getAttribute('aria-label')).toContain(
        `${last.stage} ${last.heldOutLoss.toFixed(3)}`,
      );
      for (const axis of ['tokens', 'seconds', 'depth', 'steps']) {
        await page.getByRole('combobox', { name: 'Over' }).selectOption(axis);
        await curve.waitFor();
      }
      await page.getByRole('checkbox', { name: last.stage }).uncheck();
      await expect.poll(() => curve.getAttribute('aria-label')).not.toContain(last.stage);
    });

    test('compares runs that were chosen in the list, and saves what it shows', async () => {
      await page.goto(address('#/'));
      for (const name of ['run', 'other']) {
        await page.getByRole('checkbox', { name: `Compare ${place(name)}`, exact: true }).check();
      }
      await page.getByRole('link', { name: 'Compare 2' }).click();
      await page.getByRole('heading', { level: 1, name: /^Training runs compared: / }).waitFor();
      await checkPage(page, colorSchemes);
      const [saved] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Save as HTML' }).click(),
      ]);
      const html = readFileSync(await saved.path(), 'utf8');
      expect(html).toContain('<h1 class="headline">');
      expect(html).not.toMatch(/<(?:script|link|img)[^>]+(?:src|href)="(?!data:|#)/);
      // Charts become live once they are near.
      await page.locator('.chart-box').first().scrollIntoViewIfNeeded();
      for (const type of ['svg', 'png', 'csv']) {
        const name = new RegExp(`^${type} of `, 'i');
        const control = page.locator('.chart-box').first().getByLabel(name);
        const [file] = await Promise.all([page.waitForEvent('download'), control.click()]);
        const bytes = readFileSync(await file.path());
        expect(file.suggestedFilename()).toMatch(new RegExp(`\\.${type}$`));
        if (type === 'svg') expect(bytes.toString()).toMatch(/^<svg [\s\S]*<\/svg>$/);
        if (type === 'svg') expect(bytes.toString()).not.toContain('var(');
        if (type === 'png') expect(bytes.subarray(1, 4).toString()).toBe('PNG');
        if (type === 'csv') expect(bytes.toString().split('\n').length).toBeGreaterThan(2);
      }
    });

    test('says why runs of two kinds cannot be compared', async () => {
      await page.goto(address(`#/compare?run=${root()}run&run=${root()}race`));
      await page.getByText(/only runs of one kind can be compared/).waitFor();
    });

    test('shows the archives, the lineage and the programs of a race', async () => {
      await page.goto(address(`#/race/${root()}race?round=2`));
      await page.getByRole('heading', { name: 'Archive', exact: true }).waitFor();
      const archive = JSON.parse(readFileSync(at('race', 'archives', 'round-002.json'), 'utf8'));
      const elites = page.locator('.archive button');
      expect(await elites.count()).toBe(archive.elites.length);
      for (const { name, fitness } of archive.elites) {
        const cells = page.getByRole('button', { name: `${name}, fitness ${fitness.toFixed(3)}` });
        expect(await cells.count()).toBeGreaterThan(0);
      }
      // The archive before the round's last candidates.
      await page.getByRole('slider', { name: /^After / }).fill('0');
      await expect.poll(() => elites.count()).toBe(0);
      await checkPage(page, colorSchemes);
      const rounds = readFileSync(at('race', 'candidates.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map((row) => JSON.parse(row));
      const child = rounds.findLast(({ parents, source }) => parents.length > 0 && source !== null);
      await page.goto(
        address(`#/race/${root()}race?round=${child.round}&candidate=${child.index}`),
      );
      await page
        .getByRole('heading', { name: `Candidate #${child.index} of round ${child.round}` })
        .waitFor();
      const right = await page
        .locator('.diff tbody td:nth-child(4):not(.nothing)')
        .allTextContents();
      expect(right.join('\n').trimEnd()).toBe(child.source.trimEnd());
    });

    test('lets two champions of a race fight', async () => {
      await page.goto(address(`#/race/${root()}race`));
      for (const round of [1, 3]) {
        await page.getByRole('checkbox', { name: `Champion of round ${round} fights` }).check();
      }
      await page.getByRole('button', { name: 'Let them fight' }).click();
      const names = await Promise.all(
        [1, 3].map(async (round) => {
          const file = at('race', 'champions', `round-00${round}.red`);
          return /^;name (.*)$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
        }),
      );
      for (const name of names) await page.getByText(name).first().waitFor();
      expect(page.url()).toContain('#/core-war?battle=');
    });

    test('shows what a recurrent network holds, once somebody asks', async () => {
      await page.goto(address(`#/run/${root()}memory`));
      await page.getByRole('link', { name: 'What its memory holds' }).click();
      await page.getByRole('button', { name: 'Look now' }).click();
      await page.getByRole('heading', { name: 'Where the memory goes' }).waitFor();
      const trace = JSON.parse(readFileSync(at('memory', 'memory-trace.json'), 'utf8'));
      const { tokens, movement } = trace.sequences[1];
      await page.getByLabel('Sequence').selectOption('1');
      await page.getByRole('slider', { name: /^After token/ }).fill('3');
      await page
        .locator('.readout')
        .getByText(JSON.stringify(trace.names[tokens[3]]), { exact: true })
        .first()
        .waitFor();
      expect(await page.locator('.readout').textContent()).toContain(movement[3].toFixed(3));
      await checkPage(page, colorSchemes);
    });

    test('follows a run from its start to its end', async () => {
      await page.goto(address('#/'));
      let isHalted = false;
      let resume = () => {};
      const finished = startCommand(
        ['train', 'tiny.json', '--out', 'watched', '--set', 'stages.text.steps=60', '--json'],
        {
          cwd: folderOf(),
          // From the first checkpoint on it stands still until the page was looked at.
          onLine: (line, child) => {
            if (isHalted || JSON.parse(line).event !== 'checkpoint') return;
            isHalted = true;
            resume = () => void child.kill('SIGCONT');
            child.kill('SIGSTOP');
          },
        },
      );
      try {
        await rowOf(place('watched')).getByText('running', { exact: true }).waitFor();
        await page.getByRole('link', { name: place('watched'), exact: true }).click();
        await page
          .getByText(/tokens per second/)
          .first()
          .waitFor();
      } finally {
        resume();
      }
      expect((await finished).code).toBe(0);
      await page.locator('.facts-line').getByText('finished', { exact: true }).waitFor();
      const curve = page.getByRole('img', { name: /^Training loss: / });
      const rows = readFileSync(at('watched', 'metrics.jsonl'), 'utf8').trim().split('\n');
      const last = rows
        .map((row) => JSON.parse(row))
        .findLast((row) => typeof row.loss === 'number');
      await expect
        .poll(() => curve.getAttribute('aria-label'))
        .toContain(`${last.stage} ${last.loss.toFixed(3)}`);
      await page.locator('.report .headline').waitFor();
    });

    test('starts a run like another one, which ends with the same model', async () => {
      await page.goto(address(`#/new?run=${root()}other`));
      await page.getByRole('textbox', { name: 'Folder' }).fill('again');
      await checkPage(page, colorSchemes);
      await page.getByRole('button', { name: 'Start', exact: true }).click();
      await rowOf(place('again')).getByText('finished', { exact: true }).waitFor();
      const model = (name: string) =>
        readFileSync(at(name, 'stages', 'text', 'artifacts', 'model', 'model.safetensors'));
      expect(model('again').equals(model('other'))).toBe(true);
    });

    test('starts a run with a change, stops it and resumes it', async () => {
      await page.goto(address(`#/new?run=${root()}other`));
      const steps = page
        .getByRole('group', { name: 'stages.text', exact: true })
        .getByLabel('steps', { exact: true });
      await steps.fill('-1');
      // A run that appears meanwhile redraws the page, and takes away nothing that is being typed.
      const proposed = await page.getByRole('textbox', { name: 'Folder' }).inputValue();
      cpSync(at('half'), at(proposed), { recursive: true });
      await expect
        .poll(() => page.getByRole('textbox', { name: 'Folder' }).inputValue())
        .not.toBe(proposed);
      expect(await steps.inputValue()).toBe('-1');
      await page.getByRole('textbox', { name: 'Folder' }).fill('long');
      await page.getByRole('button', { name: 'Start', exact: true }).click();
      await page
        .getByRole('alert')
        .getByText(/stages\.text\.steps/)
        .waitFor();
      await steps.fill('100000');
      await steps.blur();
      await page.getByText(/--set stages\.text\.steps=100000/).waitFor();
      await page.getByRole('button', { name: 'Start', exact: true }).click();
      await page.getByRole('link', { name: place('long'), exact: true }).click();
      await page
        .locator('.system')
        .getByText(/tokens per second/)
        .waitFor();
      await page.getByRole('button', { name: 'Stop' }).click();
      const line = page.locator('.facts-line');
      await line.getByText('stopped', { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Resume' }).click();
      await line.getByText('running', { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Stop' }).click();
      await line.getByText('stopped', { exact: true }).waitFor();
    });

    test('keeps tags and notes, whatever is in them', async () => {
      await page.goto(address(`#/run/${root()}other`));
      await page.getByLabel('Tags, with commas between').fill('<img src=x onerror=alert(1)>, good');
      await page.getByLabel('Note', { exact: true }).fill('<script>alert(1)</script>');
      await page.getByRole('button', { name: 'Save notes' }).click();
      await page.getByText('saved', { exact: true }).waitFor();
      await page.goto(address('#/'));
      // A phone shows fewer columns.
      await page.getByText('Columns', { exact: true }).click();
      await page.getByRole('checkbox', { name: 'Tags' }).check();
      await rowOf(place('other'))
        .getByText('<img src=x onerror=alert(1)>', { exact: true })
        .waitFor();
      await page.getByLabel('Group by').selectOption('tag');
      await page
        .getByRole('rowheader', { name: /^<img src=x onerror=alert\(1\)>, good/ })
        .waitFor();
      await page.getByLabel('Group by').selectOption('key');
      await page.getByLabel('Key', { exact: true }).fill('model.memoryTokens');
      await page.getByLabel('Key', { exact: true }).press('Enter');
      await page.getByRole('rowheader', { name: /^2 \d+$/ }).waitFor();
      await page.getByRole('rowheader', { name: /^no value/ }).waitFor();
      await page.getByLabel('Group by').selectOption('nothing');
    });

    test('has nothing to say on the console but what was refused', () => {
      const refused = expect.stringContaining('status of 422');
      expect(said).toEqual([refused, refused]);
    });
  });
}
