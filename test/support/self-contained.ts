// A page that loads nothing, and runs nothing but what its policy names.

import { createHash } from 'node:crypto';
import { parseHTML } from 'linkedom';
import { expect } from 'vitest';

export function expectSelfContained(html: string): void {
  const { document } = parseHTML(html);
  expect(document.querySelectorAll('link, iframe, object, embed, base').length).toBe(0);
  const policy = document
    .querySelector('meta[http-equiv="Content-Security-Policy"]')
    ?.getAttribute('content');
  for (const [, type, text] of html.matchAll(
    /<script( type="application\/json")?>(.*?)<\/script>/gs,
  )) {
    if (type !== undefined) expect(() => JSON.parse(text!)).not.toThrow();
    else expect(policy).toContain(createHash('sha256').update(text!).digest('base64'));
  }
  const plain = withoutScripts(html);
  expect(plain).not.toContain('<script');
  for (const node of document.querySelectorAll('*')) {
    for (const { name, value } of node.attributes) {
      expect(name).not.toMatch(/^on/);
      if (['src', 'href', 'xlink:href', 'srcset', 'action', 'poster'].includes(name)) {
        expect(value).toMatch(/^(data:image\/png;base64,|data:text\/csv;|#)/);
      }
    }
  }
  expect(plain).not.toMatch(/url\(|@import/);
}

/** What a page shows, without its programs and the data for them. */
export function withoutScripts(html: string): string {
  return html.replace(/<script(?: type="application\/json")?>.*?<\/script>/gs, '');
}
