// Tests of an exported studio in a browser, from a web host that knows nothing of it.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM, openBrowser } from './browser.ts';
import { checkPage, listenToPage } from './check-page.ts';
import { runInProcess } from './command-line.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/** Serves files, below a path of its own as many hosts do. */
function serveFolder(folder: string): Promise<Server> {
  const server = createServer((request, response) => {
    const name = (request.url ?? '').replace(/^\/site\//, '').replace(/\?.*$/, '') || 'index.html';
    try {
      const bytes = readFileSync(path.join(folder, name));
      response.setHeader('Content-Type', TYPES[path.extname(name)] ?? 'text/plain');
      response.end(bytes);
    } catch {
      response.statusCode = 404;
      response.end();
    }
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

/** @param folderOf the folder of `writeReportPages`, asked for in the tests */
export function describeSiteInBrowser(folderOf: () => string): void {
  describe('an exported studio', () => {
    test('is written into folders that are its own', async () => {
      const cwd = folderOf();
      mkdirSync(path.join(cwd, 'mine'));
      writeFileSync(path.join(cwd, 'mine', 'thesis.txt'), 'years of work');
      const run = (...args: string[]) => runInProcess(['studio', 'export', ...args], { cwd });
      const refused = await run('run', '--out', 'mine');
      expect(refused.stderr).toContain('mine has files in it that are not an exported studio');
      expect(refused.code).toBe(1);
      expect(readFileSync(path.join(cwd, 'mine', 'thesis.txt'), 'utf8')).toBe('years of work');
      // Many sites have such a file.
      mkdirSync(path.join(cwd, 'mine', 'data'));
      writeFileSync(path.join(cwd, 'mine', 'data', 'index.json'), '{}');
      writeFileSync(path.join(cwd, 'mine', 'index.html'), '<!doctype html>');
      expect((await run('run', '--out', 'mine')).code).toBe(1);
      expect(readFileSync(path.join(cwd, 'mine', 'thesis.txt'), 'utf8')).toBe('years of work');
      const around = await run('run', '--out', '.');
      expect(around.stderr).toContain('. holds run, which would be written over');
      const places = ['run', 'study', 'race', 'memory'];
      const written = await run(...places, '--out', 'site', '--json');
      expect(written.stderr).toBe('');
      // The study has six runs.
      expect(JSON.parse(written.stdout)).toMatchObject({ out: 'site', runs: 10 });
      expect((await run(...places, '--out', 'site')).code).toBe(0);
    });

    describe.skipIf(!CHROMIUM)('in a browser', () => {
      let browser: Browser;
      let server: Server;
      let page: Page;
      let said: readonly string[];
      const address = (hash: string) =>
        `http://127.0.0.1:${(server.address() as AddressInfo).port}/site/${hash}`;
      beforeAll(async () => {
        server = await serveFolder(path.join(folderOf(), 'site'));
        browser = await openBrowser();
        page = await browser.newPage({ viewport: { width: 400, height: 800 } });
        page.setDefaultTimeout(20_000);
        said = listenToPage(page);
      });
      afterAll(async () => {
        await browser?.close();
        server?.close();
      });

      test('has runs with their curves and reports', async () => {
        await page.goto(address('#/'));
        await page.getByRole('link', { name: 'run', exact: true }).click();
        await page.getByRole('img', { name: /^Held-out loss: / }).waitFor();
        await page.locator('.report .headline').waitFor();
        await checkPage(page, []);
        expect(await page.getByRole('button', { name: /^(Stop|Resume|Save)/ }).count()).toBe(0);
      });

      test('has races and their battles', async () => {
        await page.goto(address('#/race/2'));
        await page.getByRole('checkbox', { name: 'Champion of round 1 fights' }).check();
        await page.getByRole('checkbox', { name: 'Champion of round 2 fights' }).check();
        await page.getByRole('button', { name: 'Let them fight' }).click();
        await page.getByRole('region', { name: 'Battle', exact: true }).waitFor();
      });

      test('has worlds, and says what it cannot do', async () => {
        await page.goto(address('#/worlds'));
        await page.locator('canvas').first().waitFor();
        await page.goto(address('#/compare'));
        await page.getByText('This is a copy of a studio').waitFor();
        await page.goto(address('#/new'));
        await page.getByText('This studio only shows').waitFor();
        expect(said).toEqual([]);
      });
    });
  });
}
