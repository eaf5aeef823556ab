// The page of worlds in a browser: what it draws has the bits that Node computes.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyFromSeed } from '../../src/core/index.ts';
import { openStudio, type Studio } from '../../src/studio/index.ts';
import { createRandomRules, encodeNca, resolveNcaOptions } from '../../src/worlds/nca/index.ts';
import { stateColor } from '../../src/worlds/plane.ts';
import { drawWorld, type WorldDrawing } from '../../studio/pages/worlds/draw-world.ts';
import { createTokenReader } from '../../studio/pages/worlds/explain-token.ts';
import { countFrames } from '../../studio/pages/worlds/find-rules.ts';
import { CHROMIUM, openBrowser } from '../support/browser.ts';
import { checkPage, listenToPage } from '../support/check-page.ts';

/** Pixels of a canvas, one for each cell, as hexadecimal numbers. */
const readCanvas = (selector: string) => `(() => {
  const canvas = document.querySelector(${JSON.stringify(selector)});
  const { width, height } = canvas;
  // A copy, since pages draw faster on canvases that nobody reads.
  const copy = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, width, height);
  return Array.from(data, (byte) => byte.toString(16).padStart(2, '0')).join('');
})()`;

const colorsOf = (cells: ArrayLike<number>) =>
  Array.from(cells, (cell) => Buffer.from([...stateColor(cell), 255]).toString('hex')).join('');

/** Of the worlds that are drawn alike, one is held against axe. */
const CHECKED = ['shuffled', 'dyck', 'dfa', 'copy'];

describe.skipIf(!CHROMIUM)('the page of worlds', () => {
  let browser: Browser;
  let studio: Studio;
  let page: Page;
  let said: readonly string[];
  let folder: string;
  const address = (hash: string) => `http://127.0.0.1:${studio.port}/${hash}`;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'primordia-test-'));
    studio = await openStudio({ folders: [folder] });
    browser = await openBrowser();
    const context = await browser.newContext({
      viewport: { width: 400, height: 800 },
      // Nothing moves by itself, so that frames can be compared.
      reducedMotion: 'reduce',
    });
    page = await context.newPage();
    said = listenToPage(page);
    await page.goto(studio.url);
  });
  afterAll(async () => {
    await browser?.close();
    await studio?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const pixels = (selector: string) => page.evaluate<string>(readCanvas(selector));
  const tokensOf = () => page.locator('.token').allTextContents();
  const signsOf = (drawing: WorldDrawing) => {
    const read = createTokenReader(drawing);
    return Array.from(drawing.tokens, (_, t) => read(t).sign);
  };

  test('plays rules whose frames and tokens are those of Node', async () => {
    const options = { colors: 4, grid: 8, temperature: 0.5, band: { kind: 'none' } } as const;
    await page.goto(
      address('#/worlds/nca?colors=4&grid=8&temperature=0.5&band.kind=none&seed=3&sheet=12'),
    );
    await page.getByText('12 of 12 random rules').waitFor();
    const resolved = resolveNcaOptions(options);
    const frames = countFrames(options);
    const random = createRandomRules(resolved, keyFromSeed(3), frames);
    const at = (rule: number, frame: number) => {
      const { cells } = random.simulate(rule, frames);
      return colorsOf(cells.slice(64 * frame, 64 * (frame + 1)));
    };
    const button = (rule: number) =>
      page.getByRole('button', { name: new RegExp(`^Rule ${rule}, gzip ratio`) });
    expect(await pixels('.sheet .rule:nth-child(8) canvas')).toEqual(at(7, 0));
    for (let step = 0; step < 3; step++) await page.getByRole('button', { name: 'Step' }).click();
    expect(await pixels('.sheet .rule:nth-child(8) canvas')).toEqual(at(7, 3));
    await page.getByRole('button', { name: 'Back' }).click();
    expect(await pixels('.sheet .rule:nth-child(8) canvas')).toEqual(at(7, 2));
    const last = await page.getByRole('slider').getAttribute('max');
    expect(last).toBe(String(frames - 1));
    await page.getByRole('slider').fill(last!);
    expect(await pixels('.sheet .rule:nth-child(8) canvas')).toEqual(at(7, frames - 1));
    await page.getByRole('button', { name: 'Start' }).click();

    await button(7).click();
    await expect.poll(() => button(7).getAttribute('aria-pressed')).toBe('true');
    await expect.poll(() => pixels('.large-rule canvas')).toEqual(at(7, 0));
    expect(page.url()).toContain('keep=3.7');
    await page
      .getByText(
        'primordia nca render --out rule-7.html --rule 7 --seed 3 --colors 4 --grid 8 --temperature 0.5',
      )
      .waitFor();
    await checkPage(page, ['light', 'dark']);
    await page.getByText('What a model reads: 1024 tokens').click();
    const tokens = encodeNca(resolved, random.simulate(7, frames));
    const { start, end } = { start: 256, end: 257 };
    const signs = [...tokens].map((token) =>
      token === start ? '⟨' : token === end ? '⟩' : `${token}`,
    );
    expect(await tokensOf()).toEqual(signs);
  });

  test('brings kept rules back from the address', async () => {
    const hash = '#/worlds/nca?colors=4&grid=8&seed=1&sheet=12&keep=3.7,5.1&open=5.1';
    await page.goto(address(hash));
    await page.getByText(/ of \d+ random rules with gzip ratios/).waitFor();
    await page.reload();
    await page.getByRole('img', { name: 'Rule 1 of seed 5' }).waitFor();
    const random = createRandomRules(resolveNcaOptions({ colors: 4, grid: 8 }), keyFromSeed(5), 20);
    const { cells } = random.simulate(1, 1);
    await expect.poll(() => pixels('.large-rule canvas')).toEqual(colorsOf(cells));
    await page.getByRole('button', { name: 'Remove rule 3.7' }).click();
    await expect.poll(() => page.url()).not.toContain('3.7');
    await page.getByRole('button', { name: 'Open rule 5.1' }).waitFor();
  });

  test('says what is wrong with options', async () => {
    await page.goto(address('#/worlds/nca?grid=9'));
    await page.getByRole('alert').getByText('grid 9 is not a multiple of patch 2').waitFor();
    await page.goto(address('#/worlds/life?grid=x'));
    await page
      .getByRole('alert')
      .getByText(/grid: .*expected number/)
      .waitFor();
  });

  test.each([
    ['life', { grid: 9 }, 'grid=9'],
    ['shuffled', { of: { kind: 'life', grid: 6 } }, 'of.kind=life&of.grid=6'],
    ['elementary', { rules: [30, 110] }, 'rules=30,110'],
    ['dyck', { types: 3 }, 'types=3'],
    ['dfa', {}, ''],
    ['copy', { symbols: 5 }, 'symbols=5'],
    ['selective-copy', {}, ''],
    ['modular', {}, ''],
  ])('draws %s as Node does, by seed and number', async (kind, options, query) => {
    await page.goto(address(`#/worlds/${kind}?seed=2&sequence=1&${query}`));
    const facts = (drawing: WorldDrawing) =>
      page.getByText(`${drawing.tokens.length} tokens of a vocabulary of ${drawing.vocabSize}`);
    const first = drawWorld({ kind, options, seed: 2, index: 1 });
    await facts(first).waitFor();
    if (CHECKED.includes(kind)) await checkPage(page, []);
    const details = page.locator('.token-details summary');
    if (await details.count()) await details.click();
    await expect.poll(tokensOf).toEqual(signsOf(first));
    const second = drawWorld({ kind, options, seed: 2, index: 2 });
    await page.getByRole('button', { name: 'Draw another' }).click();
    await expect.poll(tokensOf).toEqual(signsOf(second));
    if (kind === 'life') {
      expect(await pixels('.frames canvas')).toEqual(colorsOf(second.planes[0]!.cells));
    }
    if (kind === 'elementary') {
      expect(await pixels('.frames canvas')).toEqual(colorsOf(second.planes[0]!.cells));
    }
    await page.getByRole('listbox').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('End');
    const { sense } = createTokenReader(second)(second.tokens.length - 1);
    await page
      .getByText(`Token ${second.tokens.length} of ${second.tokens.length}: ${sense}`)
      .waitFor();
  });

  test('says that there is no such world', async () => {
    await page.goto(address('#/worlds/nowhere'));
    await page.getByRole('heading', { name: 'There is no world nowhere' }).waitFor();
  });

  test('has nothing to say on the console', () => {
    expect(said).toEqual([]);
  });
});
