import { gzip } from 'pako';
import { expect, test } from 'vitest';
import { foldIn, keyFromSeed, randomBits } from '../../core/index.ts';
import { gzipSize } from './gzip-size.ts';
import { createNcaKernel } from './kernel.ts';
import { openKernel } from './kernel-module.ts';
import { resolveNcaOptions } from './options.ts';
import { encodePatches } from './tokenizer.ts';

const wasm = openKernel();
const address = wasm.gzipInputAddress();
const memory = new Uint8Array(wasm.memory.buffer);

function countSize(bytes: Uint8Array): number {
  memory.set(bytes, address);
  return wasm.gzipSize(address, bytes.length) >>> 0;
}

test.each([2, 3, 4, 5, 10, 15])('simulations of %i colors, 120 rules of all bands', (colors) => {
  const options = resolveNcaOptions({ colors, band: { kind: 'none' } });
  const kernel = createNcaKernel(options, { maxFrames: 10, arithmetic: 'int16' });
  const wrong: number[] = [];
  for (let i = 0; i < 120; i++) {
    const key = foldIn(keyFromSeed(colors), i);
    kernel.simulate(foldIn(key, 0), foldIn(key, 1), 10);
    const tokens = encodePatches(options, kernel.states(), 0, 10);
    const size = gzipSize(tokens);
    if (kernel.ratio() !== size / 1440 || kernel.gzipSize(tokens) !== size) wrong.push(i);
  }
  expect(wrong).toEqual([]);
});

/** A stream of random numbers in [0, 1). */
function createRandom(seed: number): () => number {
  const words = randomBits(keyFromSeed(seed), 1 << 18);
  let at = 0;
  return () => words[at++ & 0x3ffff]! / 2 ** 32;
}

type Fill = (bytes: Uint8Array, random: () => number) => void;

const FILLS: Record<string, Fill> = {
  'one byte': (bytes, random) => bytes.fill(random() * 256),
  'random bytes': (bytes, random) => fillBy(bytes, () => random() * 256),
  'a period': (bytes, random) => {
    const period = 1 + Math.floor(random() * 300);
    fillBy(bytes, (i) => (i < period ? random() * 256 : bytes[i - period]!));
  },
  words: (bytes, random) => {
    const words = 'the of and to in is that it was for on are as with his they at'.split(' ');
    let text = '';
    while (text.length < bytes.length) text += `${words[Math.floor(random() * words.length)]} `;
    fillBy(bytes, (i) => text.charCodeAt(i));
  },
  'few values': (bytes, random) => {
    const values = 1 + Math.floor(random() * 6);
    fillBy(bytes, () => random() * values);
  },
  // Frequencies that halve from byte to byte make codes longer than the format allows.
  'steep frequencies': (bytes, random) => {
    const slope = 1 + Math.floor(random() * 9);
    fillBy(bytes, () => Math.min(255, Math.clz32(random() * 2 ** 32) * slope));
  },
  integers: (bytes, random) => {
    const values = 2 ** Math.floor(4 + random() * 14);
    let value = 0;
    fillBy(bytes, (i) => {
      if (i % 4 === 0) value = Math.floor(random() * values);
      return value >> (8 * (i % 4));
    });
  },
  'copies of all lengths and distances': (bytes, random) => {
    for (let i = 0; i < bytes.length; ) {
      if (i < 5 || random() < 0.3) bytes[i++] = random() * 256;
      else {
        const distance = 1 + Math.floor(random() * i);
        for (let left = 3 + random() ** 4 * 400; left > 0 && i < bytes.length; left--, i++) {
          bytes[i] = bytes[i - distance]!;
        }
      }
    }
  },
};

function fillBy(bytes: Uint8Array, value: (i: number) => number): void {
  for (let i = 0; i < bytes.length; i++) bytes[i] = value(i);
}

// 260 of each kind: short ones, some thousand bytes, and a few that fill several blocks.
test.each(Object.entries(FILLS))('%s of 0 to 65,024 bytes', (_, fill) => {
  const random = createRandom(1);
  const wrong: [number, number, number][] = [];
  for (let i = 0; i < 260; i++) {
    const length = i < 30 ? i : i % 130 === 129 ? 65_024 - 300 * (i - 129) : random() ** 3 * 3000;
    const bytes = new Uint8Array(Math.floor(length));
    fill(bytes, random);
    const [ours, pako] = [countSize(bytes), gzip(bytes, { level: 9 }).length];
    if (ours !== pako) wrong.push([bytes.length, ours, pako]);
  }
  expect(wrong).toEqual([]);
});

test('what does not fit the counter goes to pako', () => {
  const kernel = createNcaKernel({ band: { kind: 'none' } });
  const tokens = Int32Array.from({ length: 20_000 }, (_, i) => (i * i) % 10_007);
  expect(kernel.gzipSize(tokens)).toBe(gzipSize(tokens));
  expect(kernel.gzipSize(tokens.subarray(0, 16_256))).toBe(gzipSize(tokens.subarray(0, 16_256)));
});
