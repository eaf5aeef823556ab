// Charts of a report in a browser: with the script of the build, and without any.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ChartSpec, chartToCsv, type LineChart } from '../../src/chart/index.ts';
import { renderReport } from '../../src/report/index.ts';
import { CHROMIUM, openBrowser } from '../support/browser.ts';
import { listenToPage } from '../support/check-page.ts';

const ramp = (name: string, slope: number, count: number) => ({
  name,
  points: Array.from({ length: count }, (_, i) => [i, 5 - (slope * i) / count] as const),
});
const LOSS: LineChart = {
  kind: 'line',
  title: 'Loss by steps',
  xLabel: 'steps',
  yLabel: 'nats',
  series: [ramp('scratch', 2, 101), ramp('nca', 4, 101)],
};
const NEIGHBOR: ChartSpec = {
  kind: 'line',
  title: 'Drift',
  xLabel: 'tokens read',
  yLabel: 'mean squared',
  series: [ramp('nca', 3, 20), ramp('iid', 2, 20)],
};
const BARS: ChartSpec = {
  kind: 'bar',
  title: 'Accuracy by frame',
  xLabel: 'frame',
  yLabel: 'tokens predicted',
  percent: true,
  categories: ['3', '4', '5'],
  series: [{ name: 'nca', values: [0.25, 0.5, 0.75] }],
};
const INTERVALS: ChartSpec = {
  kind: 'interval',
  title: 'Difference to scratch',
  xLabel: 'nats',
  rows: [
    { label: 'a cell with a long name', mean: -0.1, interval: [-0.2, -0.01], note: 'p 0.012' },
    { label: 'iid', mean: 0.05, interval: [-0.1, 0.2], note: 'p 0.6' },
  ],
};

const PAGE = renderReport({
  title: 'Charts',
  subtitle: 'A page of charts',
  facts: [],
  footer: 'f',
  sections: [
    {
      heading: 'Charts',
      blocks: [
        { kind: 'figure', wide: true, chart: LOSS },
        { kind: 'figure', chart: NEIGHBOR },
        { kind: 'figure', chart: BARS },
        { kind: 'multiples', charts: [NEIGHBOR, LOSS, BARS, NEIGHBOR, LOSS] },
        { kind: 'figure', wide: true, chart: INTERVALS },
      ],
    },
  ],
});

const FIRST = '#first';
const DRAWN = `${FIRST} .chart-live svg`;

describe.skipIf(!CHROMIUM)('charts of a page in a browser', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'primordia-charts-'));
  const file = path.join(folder, 'report.html');
  let browser: Browser;
  let page: Page;
  let said: readonly string[];
  const openFile = async () => {
    await page.goto(pathToFileURL(file).href);
    await page.evaluate(`document.querySelector('[data-chart]').id = 'first'`);
  };

  beforeAll(async () => {
    writeFileSync(file, PAGE);
    browser = await openBrowser();
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    said = listenToPage(page);
    await openFile();
    await page.locator(`${FIRST}.is-live`).waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const textOf = (selector: string) => page.locator(selector).innerText();
  const linesDrawn = () => page.locator(`${DRAWN} [aria-label="line"] path`).count();

  test('hovering shows the values of all series', async () => {
    await page.locator(`${FIRST} .chart-live`).hover();
    await page.locator(`${FIRST} .chart-tip`).waitFor();
    const [heading, ...values] = (await textOf(`${FIRST} .chart-tip`)).split('\n');
    const step = Number(heading!.match(/^steps (\d+)$/)![1]);
    expect(step).toBeGreaterThan(30);
    expect(step).toBeLessThan(90);
    expect(values).toEqual([
      `scratch: ${(5 - (2 * step) / 101).toFixed(3)}`,
      `nca: ${(5 - (4 * step) / 101).toFixed(3)}`,
    ]);
    expect(await page.locator(`${DRAWN} .chart-cursor circle`).count()).toBe(2);
  });

  test('arrow keys read values', async () => {
    await page.locator(`${FIRST} .chart-body`).focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowRight');
    expect(await textOf(`${FIRST} .chart-tip`)).toContain('steps 1');
    await page.keyboard.press('End');
    expect(await textOf(`${FIRST} .chart-tip`)).toContain('steps 100');
    await page.keyboard.press('Escape');
    expect(await page.locator(`${FIRST} .chart-tip`).isHidden()).toBe(true);
  });

  test('a name of the legend hides its series, and shows it again', async () => {
    expect(await linesDrawn()).toBe(2);
    await page.click(`${FIRST} [data-series="scratch"]`);
    await expect.poll(linesDrawn).toBe(1);
    const stroke = await page.evaluate(
      `getComputedStyle(document.querySelector('${DRAWN} [aria-label="line"] path').closest('[stroke]')).stroke === getComputedStyle(document.querySelector('${FIRST} [data-series="nca"] line')).stroke`,
    );
    expect(stroke).toBe(true);
    await page.click(`${FIRST} [data-series="scratch"]`);
    await expect.poll(linesDrawn).toBe(2);
  });

  test('axes become logarithmic', async () => {
    const firstTicks = () =>
      page.locator(`${DRAWN} [aria-label="x-axis tick label"] text`).allTextContents();
    expect(await firstTicks()).toContain('80');
    await page.click(`${FIRST} [data-log="x"]`);
    await page.locator(`${FIRST} [data-log="x"][aria-pressed="true"]`).waitFor();
    await expect.poll(firstTicks).toEqual(['1', '2', '5', '10', '20', '50', '100']);
    await page.click(`${FIRST} [data-log="x"]`);
  });

  test('smoothing leaves the raw curve behind the average', async () => {
    await page.locator(`${FIRST} .chart-smoothing input`).fill('0.9');
    await expect.poll(linesDrawn).toBe(4);
  });

  test('the table of a chart is downloaded', async () => {
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.click(`${FIRST} .chart-csv`),
    ]);
    expect(saved.suggestedFilename()).toBe('loss-by-steps.csv');
    const csv = readFileSync(await saved.path(), 'utf8');
    expect(csv.split('\r\n')[0]).toBe(chartToCsv(LOSS).split('\r\n')[0]);
    expect(csv.trim().split('\r\n')).toHaveLength(203);
  });

  test('nothing moves when the script takes over, and no text is smaller than 11 pixels', async () => {
    const measure = `[...document.querySelectorAll('[data-chart]')].map((chart) => {
      const { width, height } = chart.getBoundingClientRect();
      return [width, height];
    })`;
    const smallest = `Math.min(...[...document.querySelectorAll('[data-chart] text')].flatMap((node) => {
      const svg = node.closest('svg');
      const box = svg.getBoundingClientRect();
      if (box.width === 0) return [];
      return [parseFloat(getComputedStyle(node).fontSize) * box.width / svg.viewBox.baseVal.width];
    }))`;
    const overflow = `document.documentElement.scrollWidth - document.documentElement.clientWidth`;
    const protocol = await page.context().newCDPSession(page);
    for (const width of [1280, 1000, 760, 560, 400]) {
      await page.setViewportSize({ width, height: 900 });
      await protocol.send('Emulation.setScriptExecutionDisabled', { value: true });
      await openFile();
      const before = await page.evaluate(measure);
      expect(await page.evaluate(smallest), `${width} pixels, no script`).toBeGreaterThan(11);
      expect(await page.evaluate(overflow)).toBe(0);
      await protocol.send('Emulation.setScriptExecutionDisabled', { value: false });
      await openFile();
      await page.locator(`${FIRST}.is-live`).waitFor();
      expect(await page.evaluate(measure)).toEqual(before);
      expect(await page.evaluate(smallest), `${width} pixels, live`).toBeGreaterThan(11);
      expect(await page.evaluate(overflow)).toBe(0);
    }
  });

  test('the console stays empty', () => {
    expect(said).toEqual([]);
  });
});
