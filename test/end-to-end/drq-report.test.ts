// The report of several arms races: groups by what differs, intervals within what is possible, no run counted twice.

import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DOMParser } from 'linkedom';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runInProcess } from '../support/command-line.ts';
import { expectInPage } from '../support/page-text.ts';

let folder: string;
const run = (...args: string[]) => runInProcess(['drq', ...args], { cwd: folder });
const SMALL = ['--iterations', '4', '--set', 'simulations=1', 'core.setting=tiny', 'newAtStart=3'];

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'drq-report-'));
  const races = [
    ['a0', '--rounds', '3', '--seed', '0'],
    ['a1', '--rounds', '3', '--seed', '1'],
    ['b0', '--rounds', '2', '--seed', '0'],
    ['b1', '--rounds', '2', '--seed', '1'],
  ] as const;
  for (const [name, ...flags] of races) {
    const made = await run('drq-tiny', '--out', name, ...flags, ...SMALL);
    expect(made.stderr).toBe('');
    // A round is named once in its line, and a name does not repeat it.
    expect(made.stdout).toMatch(/^round 1\/\d done: champion (?!round 1)/m);
    const measured = await run('generality', name, '--rounds', '2');
    expect(measured.code).toBe(0);
    expect(measured.stdout).toMatch(
      /^stage 1 of 2 {2}with held-out warriors (\d+)\/\1 duels {2}100 %/m,
    );
    expect(measured.stdout).toMatch(/^stage 2 of 2 {2}among champions (\d+)\/\1 duels {2}100 %/m);
  }
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Numbers on the axes of a chart, by the chart's label. */
function readCharts(page: string): { name: string; ticks: number[] }[] {
  const document = new DOMParser().parseFromString(page, 'text/html') as unknown as {
    querySelectorAll(selector: string): Iterable<{
      getAttribute(name: string): string | null;
      querySelectorAll(selector: string): Iterable<{ textContent: string }>;
    }>;
  };
  return [...document.querySelectorAll('svg')].map((svg) => ({
    name: svg.getAttribute('aria-label') ?? '',
    ticks: [...svg.querySelectorAll('[aria-label="y-axis tick label"] text')].map(
      ({ textContent }) => Number(textContent.replaceAll('−', '-').replaceAll(',', '')),
    ),
  }));
}

describe('primordia drq report of several runs', () => {
  test('groups runs of one recipe by what they differ in', async () => {
    const { code, stderr } = await run('report', 'a0', 'b0', 'a1', 'b1', '--out', 'all.html');
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const page = readFileSync(path.join(folder, 'all.html'), 'utf8');
    expectInPage(page, '3 rounds');
    expectInPage(page, '2 rounds');
    expectInPage(page, 'a0 (0), a1 (1)');
    expectInPage(page, 'b0 (0), b1 (1)');
    // What repeats each run stands on the page.
    const text = page.replace(/<\/?span[^>]*>/g, '');
    for (const name of ['a0', 'b0', 'a1', 'b1']) expectInPage(text, `drq-tiny --out ${name} `);
  });

  test('has axes within what a share can be, and intervals too', async () => {
    await run('report', 'a0', 'b0', 'a1', 'b1', '--out', 'all.html');
    const page = readFileSync(path.join(folder, 'all.html'), 'utf8');
    const charts = readCharts(page);
    expect(charts.length).toBeGreaterThanOrEqual(4);
    expect(charts.flatMap(({ ticks }) => ticks).length).toBeGreaterThan(8);
    for (const { name, ticks } of charts) {
      expect(Math.min(...ticks), name).toBeGreaterThanOrEqual(0);
      expect(Math.max(...ticks), name).toBeLessThanOrEqual(100);
    }
    for (const [, low, high] of page.matchAll(/>([−+][\d.]+) to ([−+][\d.]+)</g)) {
      expect(Number(low!.replace('−', '-'))).toBeGreaterThanOrEqual(-100);
      expect(Number(high!.replace('−', '-'))).toBeLessThanOrEqual(100);
    }
  });

  test('refuses a run that is given twice, under whatever name', async () => {
    symlinkSync('a0', path.join(folder, 'link'));
    cpSync(path.join(folder, 'a0'), path.join(folder, 'copy'), { recursive: true });
    const cases = [
      [['a0', 'a1', 'a0'], 'the run a0 is given twice'],
      [['a0', './a0/'], 'the run a0 (also as ./a0/) is given twice'],
      [['a0', 'link'], 'the run a0 (also as link) is given twice'],
      [['a0', 'copy', 'a1'], 'a0 and copy are the same run, candidate by candidate'],
    ] as const;
    for (const [directories, message] of cases) {
      const { code, stderr } = await run('report', ...directories, '--out', 'twice.html');
      expect(stderr).toContain(message);
      expect(stderr.trim().split('\n')).toHaveLength(1);
      expect(code).toBe(1);
    }
  });
});
