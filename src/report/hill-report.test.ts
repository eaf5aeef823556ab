import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { expectInPage, expectNotInPage, readPageText } from '../../test/support/page-text.ts';
import { IMP } from '../../test/support/warriors.ts';
import { type Hill, type HillWarrior, pairKey, warriorId } from '../arena/index.ts';
import { namedSettings } from '../corewar/index.ts';
import { readHillData, scoreMargin } from './hill-data.ts';
import { buildHillReport } from './hill-report.ts';

const ROUNDS = 10;

/** Warrior i wins 10 rounds of those below it, ties 5 and loses 5 to the next one; results of `without` are missing. */
function makeHill(names: readonly string[], without = 0): Hill {
  const warriors = names.map((name, i): HillWarrior => {
    const warrior = { ...IMP, name, author: `author ${i}`, strategy: name.slice(0, 80) };
    return { id: warriorId(warrior), file: `${i}.red`, age: 1 + (i % 3), warrior };
  });
  const results = new Map<string, readonly [number, number, number]>();
  warriors.forEach((one, i) => {
    for (const two of warriors.slice(i + 1)) {
      const isFirst = one.id < two.id;
      results.set(pairKey(one.id, two.id), isFirst ? [7, 1, 2] : [1, 7, 2]);
    }
  });
  const kept = [...results].slice(0, results.size - without);
  const rules = { setting: '94', settings: namedSettings('94'), rounds: ROUNDS, seed: 7 };
  return { rules, warriors, results: new Map(kept) };
}

const numbered = (count: number) => Array.from({ length: count }, (_, i) => `warrior ${i}`);
// Long names may break where they have dots and slashes.
const tagsOf = (page: string) =>
  new Set(Array.from(page.replaceAll('<wbr/>', '').matchAll(/<([a-z]\w*)/g), (m) => m[1]));

describe('buildHillReport', () => {
  test('a small hill: the table, and a matrix of figures', () => {
    const page = buildHillReport(makeHill(['A', 'B', 'C']), 'hill.json');
    // A wins 70 % and ties 20 % of everything: 230. 1.96 √((9 · 70 + 20) · 100 - 230²) / √20) = 1.96 · 24.6.
    expectInPage(page, 'A leads with a score of 230.0\u00a0±\u00a048.2, 90.0 ahead of B');
    expectInPage(
      page,
      /<td class="numeric">1<\/td><td><a href="#w1">A<\/a><\/td><td>author 0<\/td>/,
    );
    expectInPage(page, 'title="7 wins, 1 loss, 2 ties">70</td>');
    expectInPage(
      readPageText(page),
      'primordia hill FOLDER --setting 94 --rounds 10 --seed 7 --out hill.json',
    );
    expectInPage(page, 'Ages come from challenges');
    expectInPage(
      page,
      /<pre id="results" data-rounds="10">1,-,7\/2,7\/2\n2,1\/2,-,7\/2\n3,1\/2,1\/2,-<\/pre>/,
    );
    expectInPage(page, '0 triples of 1 (0.0\u00a0%)');
    expectInPage(page, 'wins 70.0 % (48.1 to 85.5)');
  });

  test('a large hill: a picture for each scheme, and every figure as text', () => {
    const page = buildHillReport(makeHill(numbered(60)), 'hill.json');
    expect(page.match(/data:image\/png;base64/g)).toHaveLength(2);
    expectInPage(page, '<source media="(prefers-color-scheme: dark)"');
    expect(/<pre id="results"[^>]*>([^<]*)/.exec(page)![1]!.split(/[\n,]/)).toHaveLength(60 * 61);
    expect(page.match(/<details id="w/g)).toHaveLength(60);
    expectInPage(page, 'Best against');
  });

  test('names are anybody’s text', () => {
    const evil = '</title><script>alert(1)</script><img src=x onerror="x">\u001b[31m\u202eevil';
    const names = [evil, `${'long'.repeat(100)}`, ...numbered(3)];
    const page = buildHillReport(makeHill(names), `${evil}.json`);
    expect(page.match(/<script>/g)).toHaveLength(1);
    expectNotInPage(page, '<img');
    expectNotInPage(page, /onerror="/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    expectNotInPage(page, /[\u001b\u202e]/);
    expectNotInPage(page, 'long'.repeat(21));
    expect(tagsOf(page)).toEqual(tagsOf(buildHillReport(makeHill(numbered(5)), 'x.json')));
  });

  test('a hill under way says so, and pairs without a result are no ties', () => {
    const hill = makeHill(numbered(5), 2);
    const page = buildHillReport(hill, 'hill.json');
    expectInPage(page, '8 of 10');
    expectInPage(page, 'leads so far');
    const data = readHillData(hill, 'hill.json');
    expect(data.tallies.flat().filter((tally) => tally === null)).toHaveLength(5 + 2 * 2);
  });

  test.each([0, 1, 2])('%i warriors', (count) => {
    const page = buildHillReport(makeHill(numbered(count)), 'hill.json');
    expectInPage(page, count === 0 ? 'No warrior is on this hill' : 'warrior 0 leads');
    expectNotInPage(page.split('<script>')[0]!, /NaN|undefined|Infinity/);
  });
});

test('the margin of a score is that of so many independent rounds', () => {
  const row = { wins: 50, ties: 0, losses: 50, score: 150 } as Parameters<typeof scoreMargin>[0];
  // Points 3 or 0, equally likely: a standard deviation of 150 %.
  expect(scoreMargin(row, 100)).toBeCloseTo((1.96 * 150) / 10);
  expect(scoreMargin({ ...row, wins: 100, losses: 0, score: 300 }, 100)).toBe(0);
  expect(scoreMargin(row, 0)).toBeNull();
});

const CHROMIUM = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (browser) => spawnSync(browser, ['--version'], { stdio: 'ignore' }).status === 0,
);

describe.skipIf(!CHROMIUM)('in a browser', () => {
  test('sorts and comes back to the order of the hill, filters, shows pairs and opponents', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'primordia-hill-page-'));
    const dump = (name: string, html: string) => {
      const file = path.join(folder, name);
      writeFileSync(file, html);
      const { stdout } = spawnSync(
        CHROMIUM!,
        [
          '--headless',
          '--no-sandbox',
          '--disable-gpu',
          '--no-first-run',
          '--disable-sync',
          '--disable-background-networking',
          `--user-data-dir=${path.join(folder, 'profile')}`,
          '--virtual-time-budget=2000',
          '--dump-dom',
          pathToFileURL(file).href,
        ],
        { encoding: 'utf8', maxBuffer: 2 ** 26 },
      );
      return stdout;
    };
    try {
      const page = buildHillReport(makeHill(numbered(50)), 'hill.json');
      // Under its own policy the script runs.
      expect(dump('page.html', page)).toMatch(/<th [^>]*><button type="button"/);
      // A second script finds out what it does; the policy would refuse it.
      const probe = `<script>
        const first = () => document.querySelector('#hill tbody tr').cells[1].textContent;
        const press = (column) => document.querySelectorAll('#hill th button')[column].click();
        const seen = [];
        for (const column of [3, 3, 3, 1, 0]) { press(column); seen.push(first()); }
        const filter = document.querySelector('.filter input');
        filter.value = 'AUTHOR 49';
        filter.dispatchEvent(new Event('input'));
        seen.push(document.querySelectorAll('#hill tbody tr:not([hidden])').length);
        const [, two] = document.querySelectorAll('#pair select');
        two.value = '0';
        two.dispatchEvent(new Event('change'));
        seen.push(document.querySelector('#pair output').textContent);
        two.value = '49';
        two.dispatchEvent(new Event('change'));
        seen.push(document.querySelector('#pair output').textContent);
        const details = document.getElementById('w2');
        details.addEventListener('toggle', () => {
          seen.push(details.querySelectorAll('.every tbody tr').length);
          document.title = 'seen ' + seen.join('|');
        });
        details.open = true;
      </script>`;
      const open = page.replace(/<meta http-equiv[^>]*>/, '').replace('</body>', `${probe}</body>`);
      expect(/<title>seen ([^<]*)/.exec(dump('probe.html', open))![1]!.split('|')).toEqual([
        'warrior 0',
        'warrior 49',
        'warrior 0',
        'warrior 0',
        'warrior 0',
        '1',
        'A warrior does not fight itself.',
        'warrior 0 against warrior 49: wins 7, losses 1, ties 2 of 10 rounds',
        '49',
      ]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
