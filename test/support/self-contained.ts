// A page that loads nothing and runs nothing.

import { parseHTML } from 'linkedom';
import { expect } from 'vitest';

export function expectSelfContained(html: string): void {
  const { document } = parseHTML(html);
  expect(document.querySelectorAll('script, link, iframe, object, embed, base')).toHaveLength(0);
  for (const node of document.querySelectorAll('*')) {
    for (const { name, value } of node.attributes) {
      expect(name).not.toMatch(/^on/);
      if (['src', 'href', 'xlink:href', 'srcset', 'action', 'poster'].includes(name)) {
        expect(value).toMatch(/^(data:image\/png;base64,|#)/);
      }
    }
  }
  expect(html).not.toMatch(/url\(|@import/);
}
