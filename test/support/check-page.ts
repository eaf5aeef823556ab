// What every page must be in a browser: silent on the console, accessible, fit for a phone.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

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

const AXE = () =>
  readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

type ColorScheme = 'light' | 'dark';

/** What a page writes to the console from now on. */
export function listenToPage(page: Page): readonly string[] {
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(String(error)));
  return said;
}

/**
 * Holds a page against the width of its window, small print and axe.
 *
 * @param colorSchemes in which contrast is measured, which takes longer than all other rules together; may be none
 */
export async function checkPage(page: Page, colorSchemes: readonly ColorScheme[]): Promise<void> {
  const { width } = page.viewportSize()!;
  expect(
    await page.evaluate<number>('document.documentElement.scrollWidth'),
    'nothing is wider than the window',
  ).toBeLessThanOrEqual(width);
  expect(await page.evaluate(FIND_SMALL_TEXT)).toEqual([]);
  // Not as an element of the page, which its policy would refuse.
  await page.evaluate(AXE());
  await expectNothingSerious(page, "{ rules: { 'color-contrast': { enabled: false } } }");
  for (const colorScheme of colorSchemes) {
    await page.emulateMedia({ colorScheme });
    await expectNothingSerious(page, "{ runOnly: ['color-contrast'] }", colorScheme);
  }
}

async function expectNothingSerious(page: Page, options: string, where = ''): Promise<void> {
  const { violations } = await page.evaluate<{
    violations: { id: string; impact: string; nodes: { html: string }[] }[];
  }>(`axe.run(${options})`);
  const serious = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]!.html.slice(0, 300)}`);
  expect(serious, where).toEqual([]);
}
