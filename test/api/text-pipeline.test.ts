// From files to training batches, through the public surface of primordia/text.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keyFromSeed } from '../../src/core/index.ts';
import {
  createBpeTokenizer,
  evaluationBatches,
  hashTokenizer,
  readCorpus,
  readDefaultCorpus,
  readShards,
  readTokenizerJson,
  sampleBatch,
  splitCorpus,
  streamTokens,
  tokenizeDocuments,
  trainBpe,
  writeShards,
} from '../../src/text/index.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-text-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the way from text to batches', () => {
  it('goes through the default corpus, and gives text back', () => {
    const corpus = readDefaultCorpus();
    const { train, validation } = splitCorpus({
      ...corpus,
      documents: corpus.documents.slice(0, 25),
    });
    const learned = createBpeTokenizer(trainBpe(train, { vocabSize: 2000 }));
    const file = path.join(folder, 'tokenizer.json');
    writeFileSync(file, JSON.stringify(learned.toJson()));
    const tokenizer = readTokenizerJson(file);
    expect(tokenizer.vocabSize).toBe(2000);

    const shards = path.join(folder, 'tokens');
    writeShards(
      shards,
      train.map((text) => tokenizer.encode(text)),
      {
        vocabSize: tokenizer.vocabSize,
        endOfText: tokenizer.endOfText,
        tokenizerSha256: hashTokenizer(learned),
        tokensPerShard: 50_000,
      },
    );
    const stream = readShards(shards, {
      verifyHashes: true,
      tokenizerSha256: hashTokenizer(tokenizer),
    });
    expect(stream.manifest.documents).toBe(train.length);
    const memory = streamTokens(tokenizeDocuments(tokenizer, train));
    expect(stream.length).toBe(memory.length);

    const bytes = train.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    expect(bytes / stream.length).toBeGreaterThan(2.5);

    const key = keyFromSeed(0);
    const batch = sampleBatch(stream, key, 17, 8, 128);
    expect(sampleBatch(memory, key, 17, 8, 128)).toEqual(batch);
    const text = train.join('<|endoftext|>');
    for (let row = 0; row < 8; row++) {
      const window = tokenizer.decode(batch.inputs.subarray(row * 128, (row + 1) * 128));
      // A window may begin or end inside a character.
      expect(text).toContain(window.replace(/^\ufffd+|\ufffd+$/g, ''));
    }

    const held = streamTokens(tokenizeDocuments(tokenizer, validation));
    const batches = evaluationBatches(held, 4, 64, 4096);
    expect(batches).toHaveLength(16);
    expect(Math.max(...batches.flatMap((one) => [...one.targets]))).toBeLessThan(2000);
  });

  it('puts the end of text between the documents of a file', () => {
    const file = path.join(folder, 'a.jsonl');
    writeFileSync(file, '{"text":"ab"}\n{"text":"ab"}\n');
    const tokenizer = createBpeTokenizer(trainBpe(['ab ab'], { vocabSize: 258 }));
    const tokens = tokenizeDocuments(tokenizer, readCorpus([file]).documents);
    expect([...tokens]).toEqual([256, 257, 256]);
  });
});
