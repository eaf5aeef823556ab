// Assertions on whole pages that say where they fail, in place of printing the page.

import { expect } from 'vitest';

/** Characters on each side of what is shown of a page. */
const CONTEXT = 120;

/** Expects text, or a match of a pattern, in a page; otherwise shows the page where the longest beginning of the text is. */
export function expectInPage(page: string, wanted: string | RegExp): void {
  if (typeof wanted !== 'string') {
    if (!page.match(wanted)) expect.fail(`no match of ${wanted} in ${describe(page)}`);
    return;
  }
  if (page.includes(wanted)) return;
  let [known, excluded] = [0, wanted.length];
  while (excluded - known > 1) {
    const middle = (known + excluded) >> 1;
    if (page.includes(wanted.slice(0, middle))) known = middle;
    else excluded = middle;
  }
  const nearest =
    known === 0
      ? ''
      : `\nits first ${known} characters are in: ${excerpt(page, page.indexOf(wanted.slice(0, known)), known)}`;
  expect.fail(`${JSON.stringify(wanted)} is not in ${describe(page)}${nearest}`);
}

/** Expects no such text and no match of a pattern in a page; otherwise shows the page around the first one. */
export function expectNotInPage(page: string, unwanted: string | RegExp): void {
  const at = typeof unwanted === 'string' ? page.indexOf(unwanted) : page.search(unwanted);
  if (at < 0) return;
  const length = typeof unwanted === 'string' ? unwanted.length : page.match(unwanted)![0].length;
  expect.fail(`${unwanted} is in ${describe(page)}: ${excerpt(page, at, length)}`);
}

/** Expects two pages to be equal; otherwise shows both where they first differ. */
export function expectSamePage(page: string, expected: string): void {
  if (page === expected) return;
  let at = 0;
  while (page[at] === expected[at]) at++;
  const [found, wanted] = [page, expected].map((text) => excerpt(text, at, 0));
  expect.fail(`the pages differ from character ${at} on: ${found}, and not ${wanted}`);
}

/** The text of a page's markup, as a reader copies it. */
export function readPageText(page: string): string {
  return page.replaceAll(/<[^>]+>/g, '');
}

function excerpt(page: string, at: number, length: number): string {
  const from = Math.max(0, at - CONTEXT);
  return JSON.stringify(page.slice(from, at + Math.min(length, CONTEXT) + CONTEXT));
}

function describe(page: string): string {
  return `a page of ${page.length} characters`;
}
