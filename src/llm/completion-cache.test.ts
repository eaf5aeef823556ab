import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CompletionCache, readCacheUsage, requestFingerprint } from './completion-cache.ts';
import { resolveEndpoint } from './endpoint.ts';
import type { CompletionRequest } from './language-model.ts';
import { NO_USAGE } from './spending-gate.ts';

const endpointOf = (model = 'm', baseUrl = 'http://localhost:1/v1', provider = 'openai' as const) =>
  resolveEndpoint({ provider, model, baseUrl }, {}, true);
const endpoint = endpointOf();
const REQUEST: CompletionRequest = { messages: [{ role: 'user', content: 'a\ud800b' }], tag: 'x' };
const COMPLETION = {
  text: 'an\nanswer \udfff',
  usage: { inputTokens: 1, outputTokens: 2 },
  stopReason: 'stop',
} as const;
const SPENT = { ...NO_USAGE, requests: 2, retries: 1, completions: 1, failures: { server: 1 } };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'cache-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function open() {
  const damage: [file: string, reason: string][] = [];
  const cache = new CompletionCache(path.join(folder, 'a', 'b'), (...event) => damage.push(event));
  return { cache, damage };
}

describe('requestFingerprint', () => {
  it('differs with whatever makes another request, and with nothing else', () => {
    const base = { messages: [{ role: 'user', content: 'ab' }] } as const;
    const prints = [
      requestFingerprint(endpoint, base),
      requestFingerprint(endpointOf('n'), base),
      requestFingerprint(endpointOf('m', 'http://localhost:2/v1'), base),
      requestFingerprint(
        resolveEndpoint(
          { provider: 'anthropic', model: 'm', baseUrl: 'http://localhost:1/v1' },
          {},
          true,
        ),
        base,
      ),
      requestFingerprint(endpoint, { messages: [{ role: 'system', content: 'ab' }] }),
      requestFingerprint(endpoint, {
        messages: [
          { role: 'user', content: 'a' },
          { role: 'user', content: 'b' },
        ],
      }),
      requestFingerprint(endpoint, { ...base, temperature: 0 }),
      requestFingerprint(endpoint, { ...base, maxTokens: 1 }),
      requestFingerprint(endpoint, { ...base, seed: 1 }),
      requestFingerprint(endpoint, { ...base, tag: '1' }),
      requestFingerprint(endpoint, { ...base, tag: '' }),
    ];
    expect(new Set(prints).size).toBe(prints.length);
    const reordered = { tag: '1', messages: [{ content: 'ab', role: 'user' }] } as const;
    expect(requestFingerprint(endpoint, reordered)).toBe(prints[9]);
    expect(prints.every((print) => /^[0-9a-f]{64}$/.test(print))).toBe(true);
  });
});

describe('CompletionCache', () => {
  const print = requestFingerprint(endpoint, REQUEST);

  it('gives back what it was given, to another process too', () => {
    const { cache, damage } = open();
    expect(cache.read(print)).toBeNull();
    cache.write(print, endpoint, REQUEST, COMPLETION, SPENT);
    expect(open().cache.read(print)).toEqual(COMPLETION);
    expect(readdirSync(path.join(folder, 'a', 'b'))).toEqual([`${print}.json`]);
    expect(damage).toEqual([]);
  });

  it('reports whatever is not as it was written, and takes it for nothing', () => {
    const { cache, damage } = open();
    cache.write(print, endpoint, REQUEST, COMPLETION, SPENT);
    const file = path.join(folder, 'a', 'b', `${print}.json`);
    const whole = readFileSync(file, 'utf8');
    const damaged = [
      whole.slice(0, whole.length / 2),
      '',
      'null',
      '[]',
      '{}',
      whole.replace('"format": 1', '"format": 2'),
      whole.replace('answer', 'insult'),
      whole.replace('"requests": 2', '"requests": 1'),
      whole.replace(/"checksum": ".{8}/, '"checksum": "00000000'),
    ];
    for (const content of damaged) {
      expect(content).not.toBe(whole);
      writeFileSync(file, content);
      expect(cache.read(print)).toBeNull();
    }
    expect(damage.map(([where]) => where)).toEqual(damaged.map(() => file));
    expect(new Set(damage.map(([, reason]) => reason)).size).toBe(4);
    cache.write(print, endpoint, REQUEST, COMPLETION, SPENT);
    expect(cache.read(print)).toEqual(COMPLETION);
  });

  it('reports a file of another request under this one’s name', () => {
    const { cache, damage } = open();
    const other = requestFingerprint(endpoint, { ...REQUEST, tag: 'y' });
    cache.write(other, endpoint, REQUEST, COMPLETION, SPENT);
    expect(cache.read(other)).toBeNull();
    expect(damage[0]![1]).toContain('another request');
  });

  it('reports a folder in a file’s place', () => {
    const { cache, damage } = open();
    mkdirSync(path.join(folder, 'a', 'b', `${print}.json`));
    expect(cache.read(print)).toBeNull();
    expect(damage.length).toBe(1);
  });
});

describe('readCacheUsage', () => {
  it('adds up what sound answers took', () => {
    const { cache } = open();
    const directory = path.join(folder, 'a', 'b');
    for (const tag of ['1', '2', '3']) {
      const request = { ...REQUEST, tag };
      cache.write(requestFingerprint(endpoint, request), endpoint, request, COMPLETION, SPENT);
    }
    writeFileSync(path.join(directory, `${'0'.repeat(64)}.json`), '{');
    writeFileSync(path.join(directory, 'notes.txt'), 'mine');
    expect(readCacheUsage(directory)).toEqual({
      ...NO_USAGE,
      requests: 6,
      retries: 3,
      completions: 3,
      failures: { server: 3 },
    });
    expect(readCacheUsage(path.join(folder, 'none'))).toEqual(NO_USAGE);
  });
});
