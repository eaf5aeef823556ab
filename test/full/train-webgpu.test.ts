// Training on WebGPU, of a GPU in software where there is no other: the first losses are those of WebAssembly.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { openStudio } from '../../src/studio/index.ts';
import { CHROMIUM, openBrowser } from '../support/browser.ts';

const STEPS = 4;
const FLAGS = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
];

async function trainOn(page: Page, address: string, device: string): Promise<number[]> {
  await page.goto(address);
  await page.reload();
  await page.getByRole('button', { name: 'Start training' }).click();
  await page.locator('.train-facts').getByText(device).waitFor();
  const done = page.locator('.train-facts dd').first();
  await expect
    .poll(async () => Number.parseInt(await done.innerText(), 10), { timeout: 120_000 })
    .toBeGreaterThanOrEqual(STEPS);
  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save losses' }).click(),
  ]);
  await page.getByRole('button', { name: 'Stop' }).click();
  const rows = readFileSync(await saved.path(), 'utf8')
    .trim()
    .split('\n')
    .slice(2, 2 + STEPS);
  return rows.map((row) => Number(row.split(',')[1]));
}

test.skipIf(!CHROMIUM)(
  'WebGPU and WebAssembly have the same losses',
  async ({ skip }) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'primordia-test-'));
    const studio = await openStudio({ folders: [folder] });
    const browser = await openBrowser(...FLAGS);
    try {
      const page = await browser.newPage();
      await page.goto(studio.url);
      const hasGpu = await page.evaluate<boolean>(
        `Promise.resolve(navigator.gpu?.requestAdapter()).then((adapter) => !!adapter, () => false)`,
      );
      if (!hasGpu) skip('this Chromium has no WebGPU');
      const address = `http://127.0.0.1:${studio.port}/#/train?width=32&layers=1&steps=100`;
      const onGpu = await trainOn(page, `${address}&device=webgpu`, 'WebGPU');
      const expected = await trainOn(page, address, 'WebAssembly');
      expect(onGpu).toHaveLength(STEPS);
      onGpu.forEach((loss, i) => {
        expect(Math.abs(loss - expected[i]!)).toBeLessThan(1e-3);
      });
    } finally {
      await browser.close();
      await studio.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
  300_000,
);
