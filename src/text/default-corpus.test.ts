import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { looksEnglish, readParagraphs } from './clean-markdown.ts';
import { measureCorpus } from './corpus.ts';
import { findInstallRoot, readDefaultCorpus } from './default-corpus.ts';

describe('readDefaultCorpus, here', () => {
  const corpus = readDefaultCorpus();

  it('finds a corpus to start from', () => {
    const { documents, bytes } = measureCorpus(corpus);
    expect(documents).toBeGreaterThan(60);
    expect(bytes).toBeGreaterThan(400_000);
    expect(bytes).toBeLessThan(3_000_000);
  });

  it('is the same each time', () => {
    expect(readDefaultCorpus()).toEqual(corpus);
  });

  it('repeats no long paragraph and has no legal texts', () => {
    const paragraphs = corpus.documents
      .flatMap((document) => document.trimEnd().split('\n\n'))
      .filter((paragraph) => paragraph.length >= 80);
    expect(new Set(paragraphs).size).toBe(paragraphs.length);
    const legal = corpus.documents.filter((text) => /^\W*(MIT|Apache) License/i.test(text));
    expect(legal).toEqual([]);
  });

  it('is English', () => {
    for (const document of corpus.documents) {
      expect(document.length).toBeGreaterThan(200);
    }
    expect(looksEnglish(corpus.documents.join('\n'))).toBe(true);
  });
});

describe('readDefaultCorpus', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'primordia-default-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const put = (name: string, content: string): void => {
    const file = path.join(root, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  };
  const lock = (packages: Record<string, unknown>): void =>
    put('node_modules/.package-lock.json', JSON.stringify({ packages }));
  const prose = (topic: string) =>
    `# ${topic}\n\n${`Some words about ${topic} that go on. `.repeat(8)}\n`;

  it('leaves out licences, translations, repeats and packages of one platform', () => {
    lock({
      '': {},
      'node_modules/a': {},
      'node_modules/a/node_modules/b': {},
      'node_modules/linux-only': { os: ['linux'] },
      'node_modules/wasm': { optional: true },
      'node_modules/absent': {},
    });
    put('node_modules/a/README.md', prose('apples'));
    put('node_modules/a/docs/guide.md', prose('guides'));
    put('node_modules/a/docs/short.md', 'Too short.');
    put('node_modules/a/docs/copy.md', `${prose('apples')}\n${'A new end. '.repeat(19)}\n`);
    put('node_modules/a/LICENSE.md', prose('law'));
    put('node_modules/a/LICENSE-MIT.md', prose('more law'));
    put('node_modules/a/ThirdPartyNotices.md', prose('third parties'));
    put('node_modules/a/README.de.md', prose('Deutsch'));
    put('node_modules/a/readme_pt-BR.md', prose('Brasil'));
    put('node_modules/a/docs/fr/guide.md', prose('France'));
    put('node_modules/a/other.md', `${prose('x')}${'Привет, мир. '.repeat(9)}`);
    put('node_modules/a/index.js', prose('code'));
    put('node_modules/a/node_modules/b/README.md', prose('nested'));
    put('node_modules/a/node_modules/unlisted/README.md', prose('unlisted'));
    put('node_modules/linux-only/README.md', prose('linux'));
    put('node_modules/wasm/README.md', prose('wasm'));
    const titles = readDefaultCorpus(root).documents.map((text) => text.split('\n')[0]);
    expect(titles.sort()).toEqual(['# apples', '# guides', '# nested']);
  });

  it('says what to do when there is nothing', () => {
    expect(() => readDefaultCorpus(root)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('--text') }),
    );
    lock({ 'node_modules/a': {} });
    expect(() => readDefaultCorpus(root)).toThrow('no documentation');
  });

  it('finds the installation from a checkout and from a dependency', () => {
    const manifest = '{"name":"primordia"}';
    const from = (file: string) => findInstallRoot(pathToFileURL(path.join(root, file)).href);
    put('checkout/package.json', manifest);
    put('checkout/package-lock.json', '{}');
    expect(from('checkout/src/text/x.ts')).toBe(path.join(root, 'checkout'));
    put('app/node_modules/primordia/package.json', manifest);
    put('app/node_modules/primordia/dist/package.json', '{"type":"module"}');
    expect(from('app/node_modules/primordia/dist/text/x.js')).toBe(path.join(root, 'app'));
    expect(() => from('elsewhere/x.ts')).toThrow('no documentation');
  });
});

describe('readParagraphs', () => {
  it('drops badges, tags and link definitions, but not inside code', () => {
    const markdown = [
      '[![npm](https://img.shields.io/x)](https://npm.im/x) ![ci][ci-badge]',
      '<p align="center"><img src="x"></p>',
      'First ![not a badge](x) line.  \r',
      '',
      '',
      '[ci-badge]: https://example.com/ci.svg',
      '```html',
      '<br>',
      '```',
    ].join('\n');
    expect(readParagraphs(markdown)).toEqual([
      'First ![not a badge](x) line.',
      '```html\n<br>\n```',
    ]);
  });

  it('takes long runs of brackets in its stride', () => {
    expect(readParagraphs('[![a](b)'.repeat(20_000))).toHaveLength(1);
    expect(readParagraphs(`${'<a> '.repeat(20_000)}x`)).toHaveLength(1);
  });
});
