// Tests of report pages in a browser: nothing on the console, no serious finding of axe, nothing too wide or too small.

import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM, openBrowser } from './browser.ts';
import { checkPage, listenToPage } from './check-page.ts';

/**
 * Describes pages on a phone and, where `player` is one of them, the player of rollouts.
 *
 * @param fileOf the file of a page, asked for in the tests
 */
export function describePagesInBrowser<Name extends string>(
  names: readonly Name[],
  fileOf: (name: Name) => string,
  { colorSchemes, player }: { colorSchemes: readonly ('light' | 'dark')[]; player?: Name },
): void {
  describe.skipIf(!CHROMIUM)('in a browser', () => {
    let browser: Browser;
    let page: Page;
    let said: readonly string[];
    const asked: string[] = [];
    beforeAll(async () => {
      browser = await openBrowser();
      page = await browser.newPage({ viewport: { width: 400, height: 800 } });
      said = listenToPage(page);
      page.on('request', (request) => asked.push(request.url()));
    });
    afterAll(() => browser?.close());

    test.each(names)(
      '%s asks for nothing else, says nothing on the console, fits a phone and is accessible',
      async (name) => {
        const saidBefore = said.length;
        asked.length = 0;
        const { href } = pathToFileURL(fileOf(name));
        await page.goto(href);
        await checkPage(page, colorSchemes);
        expect(said.slice(saidBefore)).toEqual([]);
        expect(asked.filter((url) => !/^(data|blob):/.test(url))).toEqual([href]);
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
