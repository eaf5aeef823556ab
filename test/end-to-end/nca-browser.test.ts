// The kernel of the NCA world in a browser: the same bits as in Node.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';
import { describe, expect, test } from 'vitest';
import { keyFromSeed } from '../../src/core/index.ts';
import { createNcaKernel } from '../../src/worlds/nca/index.ts';
import { CHROMIUM, openBrowser } from '../support/browser.ts';

const library = (name: string) =>
  JSON.stringify(fileURLToPath(new URL(`../../dist/${name}/index.js`, import.meta.url)));

/** One hash of 20 sequences, filtered ones, for each arithmetic. */
function hashSequences(create: typeof createNcaKernel, key: readonly [number, number]): number[] {
  return (['float32', 'int16'] as const).map((arithmetic) => {
    const kernel = create({}, { arithmetic });
    const tokens = new Int32Array(1024);
    let hash = 0;
    for (let i = 0; i < 20; i++) {
      hash ^= kernel.draw(key, i, tokens);
      for (const token of tokens) hash = Math.imul(hash ^ token, 16_777_619);
    }
    return hash >>> 0;
  });
}

const HASHES = [299149867, 1527544649];

test('sequences of both arithmetics in Node', () => {
  expect(hashSequences(createNcaKernel, keyFromSeed(1))).toEqual(HASHES);
});

describe.skipIf(!CHROMIUM)('a browser', () => {
  test('makes the same sequences', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'primordia-browser-'));
    try {
      const entry = path.join(folder, 'entry.js');
      writeFileSync(
        entry,
        `import { keyFromSeed } from ${library('core')};
        import { createNcaKernel } from ${library('worlds/nca')};
        const hashSequences = ${hashSequences.toString()};
        document.title = 'hashes ' + hashSequences(createNcaKernel, keyFromSeed(1)).join(' ');`,
      );
      await build({
        configFile: false,
        logLevel: 'silent',
        root: folder,
        build: { outDir: 'out', lib: { entry, formats: ['iife'], name: 'page', fileName: 'page' } },
      });
      const file = path.join(folder, 'page.html');
      writeFileSync(file, '<!doctype html><script src="out/page.iife.js"></script>');
      const browser = await openBrowser();
      try {
        const page = await browser.newPage();
        await page.goto(pathToFileURL(file).href);
        expect(await page.title()).toBe(`hashes ${HASHES.join(' ')}`);
      } finally {
        await browser.close();
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
