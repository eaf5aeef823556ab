// `primordia nca inspect` and `nca render` as a user types them, and the page in a browser.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyFromSeed } from '../../src/core/index.ts';
import {
  createRandomRules,
  inspectNca,
  resolveNcaOptions,
  stateColor,
} from '../../src/worlds/nca/index.ts';
import { CHROMIUM, openBrowser } from '../support/browser.ts';
import { listenToPage } from '../support/check-page.ts';
import { runInProcess } from '../support/command-line.ts';
import { decodeGif } from '../support/decode-gif.ts';
import { decodePng } from '../support/decode-png.ts';
import { expectInPage, expectNotInPage } from '../support/page-text.ts';

const WORLD = ['--colors', '4', '--grid', '8', '--seq-len', '100'];

let folder: string;
const at = (...names: string[]) => path.join(folder, ...names);
const run = (...args: string[]) => runInProcess(['nca', ...args], { cwd: folder });

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-nca-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('inspect', () => {
  test('--json is what the library says, with six bands', async () => {
    const args = [...WORLD, '--band', '0.2:0.4', '--rules', '60', '--seed', '4', '--json'];
    const { code, stdout, stderr } = await run('inspect', ...args);
    expect([code, stderr]).toEqual([0, '']);
    const found = JSON.parse(stdout);
    const band = { kind: 'absolute', low: 0.2, high: 0.4 } as const;
    expect(found).toEqual(
      inspectNca({ colors: 4, grid: 8, sequenceLength: 100, band }, { rules: 60, seed: 4 }),
    );
    expect(found.bands.map(({ lo, hi }: { lo: number; hi: number }) => [lo, hi])).toEqual([
      ...[0, 1, 2, 3, 4].map((tenth) => [tenth / 10, (tenth + 1) / 10]),
      [0.5, 1],
    ]);
  });

  test('prints a table with intervals, and what the band keeps', async () => {
    const args = ['inspect', '--colors', '2', '--rules', '200'];
    const { code, stdout } = await run(...args, '--band', '0.5:1');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^200 random rules of seed 0: 2 colors, grid 12/);
    expect(stdout).toMatch(/below 0\.1 +\d+ +\d\d\.\d % +\d\d\.\d–\d\d\.\d % +\d\d\.\d %/);
    expect(stdout).toMatch(/from 0\.5 +0 +0\.0 % +0\.0–1\.9 % +– +– +– +– +–\n/);
    expect(stdout).toMatch(/kept +ratios 0\.5 to 1: none of 200 rules; choose a band within/);
    expect(stdout).toMatch(/reached +ratios 0\.0\d\d to 0\.2\d\d/);
    // Two colors never reach the published band, so that the default is another one.
    expect((await run(...args)).stdout).toMatch(
      /kept +percentiles 50 to 100, ratios 0\.0\d\d to any: 4\d\.\d % of the rules/,
    );
  });

  test('needs no more than the world options of every nca command', async () => {
    const { stdout } = await run('inspect', '--help');
    for (const flag of ['--colors', '--patch', '--temperature', '--burn-in', '--percentile']) {
      expect(stdout).toContain(flag);
    }
    expect(stdout).toContain('Examples:');
  });
});

test.each([
  [['inspect', '--grid', '13'], 1, /grid 13 is not a multiple of patch 2/],
  [['inspect', '--band', '0.5'], 2, /lo:hi/],
  [['inspect', '--colours', '4'], 2, /unknown option '--colours'/],
  [['render'], 2, /--out/],
  [['render', '--out', 'a.jpg'], 1, /does not say which format/],
  [['render', '--out', 'none/a.png'], 1, /no folder none/],
  [['render', '--out', 'a.png', '--bands', '0.4:0.2'], 1, /0.4:0.2 is not a band/],
  [['render', '--out', 'a.png', '--scale', '9999', '--tries', '5'], 1, /pixels is too large/],
  [['frobnicate'], 2, /unknown command/],
])('%j ends with %i and one line', async (args, expected, message) => {
  const { code, stderr, stdout } = await run(...args);
  expect(code).toBe(expected);
  expect(stderr).toMatch(message);
  const lines = stderr.trim().split('\n');
  expect(lines[0]).toMatch(/^error: /);
  // Of wrong usage the command line also says where to read more, and what may have been meant.
  expect(lines.length).toBeLessThanOrEqual(expected === 1 ? 1 : 3);
  expect(stdout).toBe('');
  expect(readdirSync(folder).filter((name) => /\.(png|jpg)/.test(name))).toEqual([]);
});

describe('render', () => {
  test('writes a sheet, an animation and a page, and tells what is in them', async () => {
    const bands = ['--bands', '0.1:0.3', '0.9:1'];
    const options = [...WORLD, '--rules', '2', '--frames', '4', '--tries', '50', '--seed', '1'];
    mkdirSync(at('pictures'));
    for (const format of ['png', 'gif', 'html']) {
      const file = path.join('pictures', `out.${format}`);
      const json = await run('render', '--out', file, ...bands, ...options, '--json');
      expect(json).toMatchObject({ code: 0, stderr: '' });
      const told = JSON.parse(json.stdout);
      expect(told).toMatchObject({ out: file, format, frames: 4, drawn: 50 });
      expect(told.bytes).toBe(readFileSync(at(file)).length);
      expect(told.bands).toMatchObject([
        { lo: 0.1, hi: 0.3, samples: [{ rule: expect.any(Number) }, {}] },
        { lo: 0.9, hi: 1, samples: [] },
      ]);
      for (const { ratio } of told.bands[0].samples) {
        expect(ratio).toBeGreaterThan(0.1);
        expect(ratio).toBeLessThan(0.3);
      }
    }
    const again = path.join('pictures', 'out.png');
    const people = await run('render', '--out', again, ...bands, ...options);
    expect(people.stdout).toContain(`${again}: 2 bands, 1 of them empty, 50 rules drawn`);
    const sheet = decodePng(readFileSync(at('pictures', 'out.png')));
    expect(sheet.remark).toContain('4 colors, grid 8');
    const film = decodeGif(readFileSync(at('pictures', 'out.gif')));
    expect(film.frames).toHaveLength(4);
    const page = readFileSync(at('pictures', 'out.html'), 'utf8');
    expectInPage(page, 'no rule of 50 reached this band');
    expect(page.match(/<canvas/g)).toHaveLength(2);
    expectNotInPage(page, /https?:|src=|@import|url\(/);
    expect(readdirSync(at('pictures')).sort()).toEqual(['out.gif', 'out.html', 'out.png']);
  });

  test('a band of the world is the only row; --format is above the ending', async () => {
    const args = ['--percentile', '50:90', '--rules', '1', '--frames', '2', '--format', 'gif'];
    const { code, stdout } = await run('render', '--out', 'x.bin', ...WORLD, ...args, '--json');
    expect(code).toBe(0);
    const told = JSON.parse(stdout);
    expect(told).toMatchObject({ format: 'gif', bands: [{ samples: [{}] }] });
    expect(told.bands).toHaveLength(1);
    expect(readFileSync(at('x.bin')).subarray(0, 6).toString()).toBe('GIF89a');
  });

  test('leaves a file alone that is none of its own', async () => {
    writeFileSync(at('thesis.html'), '<!doctype html><p>years of work</p>');
    const { code, stderr } = await run('render', '--out', 'thesis.html');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: thesis\.html exists already .*\(choose another name/);
    expect(readFileSync(at('thesis.html'), 'utf8')).toBe('<!doctype html><p>years of work</p>');
  });
});

describe.skipIf(!CHROMIUM)('the page in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());

  test('draws the frames, plays, and says nothing on the console', async () => {
    const args = ['--rules', '1', '--frames', '5', '--bands', '0.1:0.3', '--seed', '6', '--json'];
    const told = await run('render', '--out', 'page.html', ...WORLD, ...args);
    const [{ rule }] = JSON.parse(told.stdout).bands[0].samples;
    const page = await browser.newPage();
    const said = listenToPage(page);
    await page.goto(pathToFileURL(at('page.html')).href);
    const shown = page.locator('#shown');
    expect(await shown.textContent()).toMatch(/^frame \d of 5$/);
    expect(await page.textContent('#play')).toBe('Pause');

    await page.locator('#frame').fill('3');
    expect(await shown.textContent()).toBe('frame 4 of 5');
    expect(await page.textContent('#play')).toBe('Play');
    const pixels = await page.evaluate<number[]>(`(() => {
      const canvas = document.querySelector('canvas');
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return Array.from(data);
    })()`);
    const options = resolveNcaOptions({ colors: 4, grid: 8, sequenceLength: 100 });
    const { cells } = createRandomRules(options, keyFromSeed(6), 5).simulate(rule, 5);
    const frame = [...cells.subarray(3 * 64, 4 * 64)];
    expect(pixels).toEqual(frame.flatMap((state) => [...stateColor(state), 255]));
    expect(said).toEqual([]);
  });
});
