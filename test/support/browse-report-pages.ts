// Tests of report pages in a browser: nothing on the console, no serious finding of axe, nothing too wide or too small.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const CHROMIUM = ['chromium', 'chromium-browser', 'google-chrome']
  .map((name) => spawnSync('which', [name], { encoding: 'utf8' }).stdout?.trim())
  .find((file) => file);

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

type ColorScheme = 'light' | 'dark';

/**
 * Describes pages on a phone and, where `player` is one of them, the player of rollouts.
 *
 * @param fileOf the file of a page, asked for in the tests
 */
export function describePagesInBrowser<Name extends string>(
  names: readonly Name[],
  fileOf: (name: Name) => string,
  { colorSchemes, player }: { colorSchemes: readonly ColorScheme[]; player?: Name },
): void {
  describe.skipIf(!CHROMIUM)('in a browser', () => {
    const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    let browser: Browser;
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox'] });
    });
    afterAll(() => browser?.close());

    test.each(names)(
      '%s says nothing on the console, fits a phone and is accessible',
      async (name) => {
        const context = await browser.newContext({ viewport: { width: 400, height: 800 } });
        try {
          const page = await context.newPage();
          const said: string[] = [];
          page.on('console', (message) => said.push(message.text()));
          page.on('pageerror', (error) => said.push(String(error)));
          await page.goto(pathToFileURL(fileOf(name)).href);
          const width = await page.evaluate<number>('document.documentElement.scrollWidth');
          expect(width, 'nothing is wider than a phone').toBeLessThanOrEqual(400);
          expect(await page.evaluate(FIND_SMALL_TEXT)).toEqual([]);
          await page.evaluate(axe);
          // The schemes differ in nothing but their colors.
          let rules = '';
          for (const colorScheme of colorSchemes) {
            await page.emulateMedia({ colorScheme });
            const { violations } = await page.evaluate<{
              violations: { id: string; impact: string; nodes: { html: string }[] }[];
            }>(`axe.run(${rules})`);
            const serious = violations
              .filter(({ impact }) => impact === 'serious' || impact === 'critical')
              .map(({ id, nodes }) => `${id}: ${nodes[0]!.html.slice(0, 300)}`);
            expect(serious, colorScheme).toEqual([]);
            rules = "{ runOnly: ['color-contrast'] }";
          }
          expect(said).toEqual([]);
        } finally {
          await context.close();
        }
      },
    );

    test.runIf(player)(
      'a player starts paused where motion is to be reduced, and takes another speed',
      async () => {
        const context = await browser.newContext({ reducedMotion: 'reduce' });
        const page = await context.newPage();
        await page.goto(pathToFileURL(fileOf(player!)).href);
        expect(await page.textContent('#play')).toBe('Play');
        await page.selectOption('#speed', '4');
        expect(await page.textContent('#play')).toBe('Play');
        await page.click('#play');
        await expect.poll(() => page.inputValue('#frame')).not.toBe('0');
        await context.close();
      },
    );
  });
}
