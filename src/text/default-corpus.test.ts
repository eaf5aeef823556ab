import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { packCorpus } from '../../scripts/pack-corpus.mjs';
import { measureCorpus } from './corpus.ts';
import { DEFAULT_CORPUS_SHA256, defaultCorpusFile, readDefaultCorpus } from './default-corpus.ts';
import { splitCorpus } from './split.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'default-corpus-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const corpus = readDefaultCorpus();

describe('readDefaultCorpus', () => {
  it('gives 233 addresses, clean text on one line each', () => {
    expect(measureCorpus(corpus)).toEqual({ documents: 233, bytes: 10_761_140 });
    for (const text of corpus.documents) {
      expect(text).toMatch(/^\S[^\n]*\S\n$/);
      expect(text).not.toMatch(
        /&(?:\w+|#\d+);|<\/?[a-z]+>|\[p\.\d|\p{Cc}(?<!\n)| {2}|\ufffd|Ã|â€/u,
      );
      expect(text.length).toBeGreaterThan(5000);
    }
    expect(new Set(corpus.documents).size).toBe(233);
    expect(corpus.documents[0]).toMatch(/^Fellow-Citizens of the Senate and House/);
  });

  it('is held out by whole addresses', () => {
    const { train, validation } = splitCorpus(corpus);
    expect([train.length, validation.length]).toEqual([212, 21]);
    expect([...train, ...validation].sort()).toEqual([...corpus.documents].sort());
  });

  it('refuses a file that is missing, damaged or another one', () => {
    const refused = (file: string) => {
      expect(() => readDefaultCorpus(file)).toThrow(
        expect.objectContaining({
          name: 'UserError',
          hint: expect.stringContaining('npm run build'),
        }),
      );
    };
    const put = (name: string, bytes: Uint8Array) => {
      writeFileSync(path.join(folder, name), bytes);
      return path.join(folder, name);
    };
    const packed = readFileSync(defaultCorpusFile());
    refused(path.join(folder, 'none'));
    refused(folder);
    expect(() => readDefaultCorpus(folder)).toThrow(`no default corpus: ${folder} is a directory`);
    refused(put('cut', packed.subarray(0, packed.length / 2)));
    refused(put('other', gzipSync('{"text":"Other words."}\n')));
    refused(put('bomb', gzipSync(new Uint8Array(65_000_000))));
    const changed = gunzipSync(packed);
    changed[1000]! ^= 1;
    refused(put('changed', gzipSync(changed, { level: 1 })));
  });
});

describe('packCorpus', () => {
  it('writes the corpus that readers ask for, with its notice', () => {
    packCorpus(folder, path.dirname(defaultCorpusFile()));
    const packed = readFileSync(path.join(folder, 'state-of-the-union.jsonl.gz'));
    expect(packed.equals(readFileSync(defaultCorpusFile()))).toBe(true);
    const notice = readFileSync(path.join(folder, 'NOTICE.txt'), 'utf8');
    expect(notice).toContain(DEFAULT_CORPUS_SHA256);
    expect(notice).toMatch(/datasets-sotu 0\.2\.3[\s\S]*CC0 1\.0/);
  });
});
