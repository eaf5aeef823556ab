// Tests of the page that trains, in a browser: step by step beside the same run in Node.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStudio, type Studio } from '../../src/studio/index.ts';
import { openDevice } from '../../src/tensor/index.ts';
import { readRecipe } from '../../studio/pages/train/nano-recipe.ts';
import { openTraining } from '../../studio/pages/train/open-training.ts';
import { CHROMIUM, openBrowser } from './browser.ts';
import { checkPage, listenToPage } from './check-page.ts';
import { startCommand } from './command-line.ts';

/** Losses of the browser and of the native build, which round differently; the difference grows with the steps. */
const TOLERANCE = 1e-3;
const COMPARED_STEPS = 60;

type Losses = { readonly loss: number[]; readonly heldOutLoss: number[] };

/** @param whole whether the run is trained to its end, and beside the command line's; otherwise it is stopped after a few steps */
export function describeTrainingPage({ whole }: { whole: boolean }): void {
  // Those that are stopped do not end before, however late the click comes.
  const steps = whole ? 100 : 2400;
  const texts = `width=32&layers=1&steps=${steps}`;
  const settings = ['model.hiddenSize=32', 'model.layers=1', `stages.source.steps=${steps}`];

  describe.skipIf(!CHROMIUM)('training in a browser', () => {
    let browser: Browser;
    let studio: Studio;
    let page: Page;
    let said: readonly string[];
    let folder: string;

    beforeAll(async () => {
      folder = mkdtempSync(path.join(tmpdir(), 'primordia-test-'));
      studio = await openStudio({ folders: [folder] });
      browser = await openBrowser();
      const context = await browser.newContext({ viewport: { width: 400, height: 800 } });
      page = await context.newPage();
      said = listenToPage(page);
      await page.goto(studio.url);
      await page.goto(`http://127.0.0.1:${studio.port}/#/train?${texts}`);
    });
    afterAll(async () => {
      await browser?.close();
      await studio?.close();
      rmSync(folder, { recursive: true, force: true });
    });

    async function trainInNode(): Promise<Losses> {
      const out = path.join(folder, 'nano');
      const args = ['train', 'nca-nano', '--out', out, '--set', ...settings, 'engine.threads=1'];
      const { code, stderr } = await startCommand(args);
      expect(code, stderr).toBe(0);
      const rows = readFileSync(path.join(out, 'metrics.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      const numbers = (key: string) => rows.flatMap((row) => (key in row ? [row[key]] : []));
      return { loss: numbers('loss'), heldOutLoss: numbers('heldOutLoss') };
    }

    /** The same losses by the build that the browser has, in Node. */
    async function trainInWasm(steps: number): Promise<number[]> {
      const device = openDevice({ threads: 1, runtime: 'wasm' });
      const recipe = readRecipe(Object.fromEntries(new URLSearchParams(texts)));
      const training = await openTraining(device, recipe);
      const losses: number[] = [];
      for (let step = 0; step < steps; step++) losses.push(await training.step(step));
      await training.close();
      await device.close();
      return losses;
    }

    const doneSteps = async () =>
      Number.parseInt(await page.locator('.train-facts dd').first().innerText(), 10);

    test('shows the world before it starts', async () => {
      await page.getByRole('img', { name: 'What happened' }).waitFor();
      await page.getByText(`--set ${settings.join(' ')}`).waitFor();
      await checkPage(page, whole ? ['light', 'dark'] : []);
    });

    /** The columns of the losses that the page saves. */
    async function saveLosses(): Promise<[number[], number[]]> {
      const [saved] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Save losses' }).click(),
      ]);
      const [header, ...lines] = readFileSync(await saved.path(), 'utf8')
        .trim()
        .split('\n');
      expect(header).toBe('step,loss,heldOutLoss');
      const rows = lines.map((line) => line.split(','));
      const column = (at: number) =>
        rows.flatMap((row) => (row[at] === '' ? [] : [Number(row[at])]));
      return [column(1), column(2)];
    }

    test('has the losses of Node, to the bit where Node has the same WebAssembly', async () => {
      await page.getByRole('button', { name: 'Start training' }).click();
      await expect.poll(doneSteps, { timeout: 60_000 }).toBeGreaterThan(10);
      await page.getByRole('button', { name: 'Pause training' }).click();
      await page.getByText('Paused.').waitFor();
      await page.getByRole('img', { name: 'What the model predicted' }).waitFor();
      // The predictors that it is measured against are there.
      for (const name of ['uniform guess', 'n-gram', 'look-up']) {
        await page.locator('.reference-name', { hasText: name }).first().waitFor();
      }
      const [losses] = await saveLosses();
      expect(losses.length).toBeGreaterThan(10);
      expect(losses.slice(0, 10)).toEqual(await trainInWasm(10));
      await page.getByRole('button', { name: 'Resume training' }).click();
      await expect.poll(doneSteps, { timeout: 60_000 }).toBeGreaterThan(losses.length);
    });

    test.runIf(whole)('learns, with the losses of the command line', async () => {
      await page.getByText('Finished.').waitFor({ timeout: 90_000 });
      expect(await doneSteps()).toBe(100);
      const [losses, heldOutLosses] = await saveLosses();
      const expected = await trainInNode();
      const farthest = (a: readonly number[], b: readonly number[]) =>
        Math.max(...a.map((loss, i) => Math.abs(loss - b[i]!)));
      expect(losses).toHaveLength(100);
      expect(heldOutLosses).toHaveLength(expected.heldOutLoss.length);
      const first = losses.slice(0, COMPARED_STEPS);
      expect(farthest(first, expected.loss)).toBeLessThan(TOLERANCE);
      const evaluations = heldOutLosses.slice(0, 1 + COMPARED_STEPS / 20);
      expect(farthest(evaluations, expected.heldOutLoss)).toBeLessThan(TOLERANCE);
      expect(first).toEqual(await trainInWasm(COMPARED_STEPS));
      // It has learned: the last loss is far below the first.
      expect(heldOutLosses.at(-1)).toBeLessThan(heldOutLosses[0]! - 0.5);
    });

    test('stops, and begins again', async () => {
      if (whole) {
        await page.getByRole('button', { name: 'Train again' }).click();
        await expect.poll(doneSteps, { timeout: 60_000 }).toBeGreaterThan(0);
      }
      await page.getByRole('button', { name: 'Stop' }).click();
      await page.getByText('Nothing is trained yet.').waitFor();
      expect(await doneSteps()).toBe(0);
    });

    test('has nothing to say on the console', () => {
      expect(said).toEqual([]);
    });
  });
}
