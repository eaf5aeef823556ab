// What is bundled of other packages comes with their licenses.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

test.each([
  ['studio', ['preact', 'uplot', '@codemirror/state', 'zod']],
  ['chart', ['@observablehq/plot', 'd3-scale']],
])('dist/%s has the notices of its packages', (folder, packages) => {
  const text = readFileSync(new URL(`../../dist/${folder}/LICENSES.txt`, import.meta.url), 'utf8');
  const notices = text.split(/^-{80}$/m);
  for (const name of packages) {
    const own = notices.find((notice) => notice.trim().startsWith(`${name} `));
    expect(own, name).toMatch(/Copyright[\s\S]*(?:permission|redistribution)/i);
  }
});
