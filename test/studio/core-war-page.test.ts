// The page Core War in a browser: what it shows is what the MARS does in Node.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createBattlePool,
  type HillWarrior,
  pairKey,
  rankHill,
  runHill,
  warriorId,
} from '../../src/arena/index.ts';
import {
  createPlainMars,
  formatInstruction,
  type InspectableMars,
  namedSettings,
  unpackCode,
} from '../../src/corewar/index.ts';
import { openStudio, type Studio } from '../../src/studio/index.ts';
import { battleAddress, unpackBattle } from '../../studio/pages/core-war/battle-address.ts';
import { assembleEntry, choiceOf, setUpBattle } from '../../studio/pages/core-war/battle-setup.ts';
import { CHROMIUM, openBrowser } from '../support/browser.ts';
import { checkPage, listenToPage } from '../support/check-page.ts';

const sample = (name: string) => ({
  name,
  source: readFileSync(
    new URL(`../../warriors/${name.toLowerCase()}.red`, import.meta.url),
    'utf8',
  ),
});
/** The battle that the page begins with. */
const WARRIORS = [sample('Stunner'), sample('Threads')];
const SETUP = setUpBattle(choiceOf({ warriors: WARRIORS }));
if (SETUP.kind !== 'ready') throw new Error(JSON.stringify(SETUP.faults));
const { battle } = SETUP;
const { coreSize } = battle.settings;

function beginRound(): InspectableMars {
  const mars = createPlainMars(battle.settings);
  mars.load(battle.warriors);
  mars.begin(battle.setup);
  return mars;
}

/** An address and an instruction, as the page writes them. */
const show = (address: number, text: string) => `${String(address).padStart(4, '0')} ${text}`;
const textAt = (mars: InspectableMars, address: number) => {
  const { code, a, b } = mars.readCell(address);
  return formatInstruction(unpackCode(code, a, b), coreSize)
    .replace(/\s+/g, ' ')
    .replace(/([#$@<>*{}]) /g, '$1');
};
/** The first of a queue, as the page lists them, and how many there are. */
const queueOf = (mars: InspectableMars, warrior: number) => {
  const queue = [...mars.readQueue(warrior)];
  return `${queue
    .slice(0, 16)
    .map((address) => String(address).padStart(4, '0'))
    .join(' ')} of ${queue.length}`;
};

/** Reads, in the page, what `expectation` of Node says. */
const READ_STATE = `() => {
  const text = (selector) => document.querySelector(selector)?.textContent ?? null;
  const count = (i) => document.querySelectorAll('[data-processes]')[i].dataset.processes;
  return {
    executed: text('[data-executed]'),
    position: text('[data-position]').replaceAll(',', ''),
    cycle: text('[data-cycle]').replaceAll(',', ''),
    queues: [0, 1].map((i) => text('[data-queue="' + i + '"]') + ' of ' + count(i)),
    next: [...document.querySelectorAll('[data-panel]')].map((panel) => {
      const row = panel.querySelector('tr.next');
      return row && row.cells[1].textContent + row.cells[2].textContent.replace(/\\s+/g, ' ');
    }),
  };
}`;

describe.skipIf(!CHROMIUM)('the page Core War', () => {
  let browser: Browser;
  let studio: Studio;
  let page: Page;
  let said: readonly string[];
  let folder: string;
  const address = (hash: string) => `http://127.0.0.1:${studio.port}/${hash}`;
  const open = async (hash: string) => {
    await page.goto('about:blank');
    await page.goto(address(hash));
    await page.getByRole('heading', { name: 'Core War' }).waitFor();
  };
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const state = () => page.evaluate<Record<string, unknown>>(`(${READ_STATE})()`);

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'primordia-test-'));
    studio = await openStudio({ folders: [folder] });
    browser = await openBrowser();
    const context = await browser.newContext({ viewport: { width: 400, height: 800 } });
    page = await context.newPage();
    page.setDefaultTimeout(10_000);
    said = listenToPage(page);
    await page.goto(studio.url);
  });
  afterAll(async () => {
    await browser?.close();
    await studio?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What the page shows after each of some instructions of the MARS, beginning with the next one. */
  function expectedStates(mars: InspectableMars, from: number, count: number) {
    return Array.from({ length: count }, (_, i) => {
      const { warrior } = mars.turn();
      const at = mars.nextAddress(warrior);
      const executed = show(at, textAt(mars, at));
      mars.step(1);
      return {
        executed,
        position: String(from + i + 1),
        cycle: String(mars.turn().cycle),
        queues: [0, 1].map((one) => queueOf(mars, one)),
        next: [0, 1].map((one) => {
          const next = mars.nextAddress(one);
          return next < 0 ? null : show(next, formatCellOf(mars, next)).replace(' ', '');
        }),
      };
    });
  }
  const formatCellOf = (mars: InspectableMars, at: number) => {
    const { code, a, b } = mars.readCell(at);
    return formatInstruction(unpackCode(code, a, b), coreSize).replace(/\s+/g, ' ');
  };
  /** Clicks a button as often, and reads what is shown after each click. */
  const clickThrough = (label: string, count: number) =>
    page.evaluate<Record<string, unknown>[]>(`(async () => {
      const read = ${READ_STATE};
      const states = [];
      for (let i = 0; i < ${count}; i++) {
        document.querySelector('[aria-label="${label}"]').click();
        // The page is drawn anew in a microtask: there is no need to wait for the screen.
        for (let turn = 0; turn < 4; turn++) await null;
        states.push(read());
      }
      return states;
    })()`);

  test('begins with a battle that is ready, and steps it as the MARS does', async () => {
    await open('#/core-war');
    await button('▶ Play').waitFor();
    await checkPage(page, ['light', 'dark']);
    const mars = beginRound();
    const expected = expectedStates(mars, 0, 410);
    const states = await clickThrough('Step an instruction', 410);
    expect(states).toEqual(expected);
    // Backwards, the same states come again.
    const back = await clickThrough('Back an instruction', 100);
    expect(back).toEqual(expected.slice(309, 409).reverse());
    expect(mars.turn().cycle).toBeGreaterThan(200);
  });

  test('jumps to a death and over the whole round', async () => {
    await open('#/core-war');
    const { deaths, cycles, instructions } = beginRound().play(battle.setup);
    const death = deaths[0]!.toLocaleString('en-US');
    const link = page.getByRole('button', { name: /^Stunner, death in cycle/ });
    expect(await link.textContent()).toBe(`death in cycle ${death}`);
    await link.click();
    await page.getByText(`A, Stunner, died in cycle ${death}.`).waitFor();
    expect(await state()).toMatchObject({ position: String(instructions), cycle: String(cycles) });
    expect((await state()).queues).toMatchObject([' of 0', /.*/]);
    await page.getByRole('spinbutton', { name: 'Go to cycle' }).fill('1200');
    await button('Go').click();
    const mars = beginRound();
    mars.step(2399);
    const [expected] = expectedStates(mars, 2399, 1);
    expect(await state()).toEqual(expected);
    await button('Next process of Threads').click();
    await page.getByText('process 2 of 149', { exact: true }).waitFor();
    const around = page.locator('[data-panel="1"] tr.around .cw-at');
    expect(await around.textContent()).toBe(String(mars.readQueue(1)[1]));
    await button('To the end').click();
    await page.getByText(`Threads wins after ${cycles.toLocaleString('en-US')} cycles.`).waitFor();
    await button('To the beginning').click();
    expect(await state()).toMatchObject({ position: '0', executed: null });
  });

  test('plays, pauses, and stops at breakpoints', async () => {
    await open('#/core-war');
    const mars = beginRound();
    // The third instruction of Stunner's clearing loop, reached later.
    const stop = mars.readQueue(0)[0]! + 1;
    const numbers = page.getByRole('region', { name: 'Breakpoints' });
    await numbers.getByRole('spinbutton', { name: 'Number' }).fill(String(stop));
    await numbers.getByRole('button', { name: 'Add' }).click();
    await button('▶ Play').click();
    await page
      .getByText(`Stopped before address ${stop}, which A, Stunner executes next.`)
      .waitFor();
    let position = 0;
    do {
      mars.step(1);
      position++;
    } while (mars.turn().warrior !== 0 || mars.nextAddress(0) !== stop);
    expect(await state()).toMatchObject({ position: String(position) });
    await numbers.getByRole('button', { name: /^Remove the breakpoint/ }).click();
    await numbers.getByRole('combobox', { name: 'Before' }).selectOption('cycle');
    await numbers.getByRole('spinbutton', { name: 'Number' }).fill('75');
    await numbers.getByRole('button', { name: 'Add' }).click();
    await button('▶ Play').click();
    await page.getByText('Stopped at cycle 75.').waitFor();
    expect(await state()).toMatchObject({ position: '150', cycle: '75' });
    await numbers.getByRole('button', { name: /^Remove the breakpoint/ }).click();
    await page.getByRole('combobox', { name: 'Speed' }).selectOption('64000');
    await page.getByRole('region', { name: 'Battle', exact: true }).focus();
    await button('Step an instruction').press('p');
    await page.getByText(/^Threads wins after/).waitFor();
    await button('↻ Again').waitFor();
  });

  test('takes another instruction for a cell, and undoes it', async () => {
    await open('#/core-war');
    await page.getByRole('spinbutton', { name: 'Go to cycle' }).fill('50');
    await button('Go').click();
    const cell = page.getByRole('region', { name: 'Cell' });
    const { positions } = battle.setup;
    const next = positions[0]! + 1;
    await cell.getByRole('spinbutton', { name: 'Address' }).fill(String(next));
    const field = cell.getByRole('textbox', { name: 'Instruction' });
    await field.fill('jpm 0');
    await button('Write').click();
    await cell.getByText("'jpm' is not an opcode (did you mean JMP?)").waitFor();
    await field.fill('jmp.b $0, $0');
    await button('Write').click();
    const mars = beginRound();
    mars.step(100);
    mars.writeCell(next, (7 << 9) | (1 << 6) | (1 << 3) | 1, 0, 0);
    expect(await clickThrough('Step an instruction', 40)).toEqual(expectedStates(mars, 100, 40));
    await page.getByRole('button', { name: /^Undo 1 change/ }).click();
    const fresh = beginRound();
    await button('Step an instruction').click();
    expect(await state()).toEqual(expectedStates(fresh, 0, 1)[0]);
  });

  test('shows errors as one types, in the editor and in the battle', async () => {
    await open('#/core-war?tab=editor');
    const editor = page.getByRole('textbox', { name: 'Redcode of Stunner' });
    await editor.waitFor();
    await page.getByText('It assembles, 8 instructions.').waitFor();
    await checkPage(page, []);
    await editor.click();
    await page.keyboard.press('Control+Home');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.type('mvo.i 0, 1\n');
    await page.getByText(/^1 error: the warrior cannot fight yet/).waitFor();
    await page.getByText("'mvo' is not an opcode").first().waitFor();
    const marks = page.locator('.cm-lint-marker-error');
    await marks.first().waitFor();
    expect(await marks.count()).toBe(1);
    await page.getByRole('link', { name: 'Battle', exact: true }).click();
    await page.getByText(/^Stunner does not assemble: line 2, 'mvo' is not an opcode/).waitFor();
    await button('Open the editor').click();
    await editor.click();
    const source = ';name Mine\n;assert 1\njmp 0, <-5\n';
    await page.keyboard.press('Control+a');
    await page.keyboard.type(source);
    await page.getByText('It assembles, 1 instruction.').waitFor();
    expect(await page.locator('.cw-list').textContent()).toMatch(/START {2}JMP\.B {2}\$ +0, < +-5/);
    // The address brings it back, once it has all that was typed.
    await expect
      .poll(() => unpackBattle(/battle=([^&]+)/.exec(page.url())![1]!).warriors[0]!.source)
      .toBe(source);
    await page.reload();
    await page.getByText('It assembles, 1 instruction.').waitFor();
    expect(await editor.textContent()).toContain(';name Mine');
  });

  test('takes files that are dropped, and refuses others in a sentence', async () => {
    await open('#/core-war');
    const drop = (files: readonly { name: string; bytes: number[]; repeat?: number }[]) =>
      page.evaluate((given: typeof files) => {
        const data = new DataTransfer();
        for (const { name, bytes, repeat = 1 } of given) {
          const part = new Uint8Array(bytes);
          data.items.add(
            new File(
              Array.from({ length: repeat }, () => part),
              name,
            ),
          );
        }
        const target = document.querySelector('.core-war')!;
        target.dispatchEvent(
          new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }),
        );
      }, files);
    const bytes = (text: string) => [...Buffer.from(text)];
    await drop([
      { name: 'mine.red', bytes: bytes(';name Mine\n;assert 1\nmov 0, 1\n') },
      { name: 'picture.png', bytes: [0x89, 0x50, 0x4e, 0x47, 0, 1] },
      { name: 'giant.red', bytes: bytes('; giant\n'), repeat: 100_000 },
    ]);
    await page.getByText('picture.png is not text').waitFor();
    await page.getByText('giant.red has 782 KiB; a warrior has at most 256 KiB.').waitFor();
    await page.getByRole('heading', { name: /^C Mine by/ }).waitFor();
    const chosen = path.join(folder, 'chosen.red');
    writeFileSync(chosen, ';name Chosen\n;assert 1\njmp 0\n');
    await page.locator('input[type=file]').setInputFiles(chosen);
    await page.getByRole('heading', { name: /^D Chosen by/ }).waitFor();
    await button('Remove mine').click();
    await page.getByRole('heading', { name: /^C Chosen by/ }).waitFor();
  });

  test('opens the battle that a link names, and refuses a damaged one', async () => {
    const link = battleAddress({
      warriors: [sample('Imp'), sample('Gate'), sample('Dwarf')],
      settings: 'tiny',
      positions: [10, 300, 600],
      first: 2,
    });
    await open(link);
    await page.getByText('Settings: tiny, core of 800, given positions').waitFor();
    await button('Step an instruction').click();
    expect(await state()).toMatchObject({ executed: '600 ADD.AB #4, $3', position: '1' });
    await open(`${link.slice(0, -20)}`);
    await page.getByText(/^The battle in this address cannot be read/).waitFor();
  });

  test('plays a hill with the figures of the arena', async () => {
    await open('#/core-war?tab=hill');
    const names = ['Imp', 'Gate', 'Dwarf', 'Sweeper', 'Threads'];
    await page.locator('.cw-members').waitFor();
    for (const name of ['Scanner', 'Spiral', 'Stunner', 'Vampire']) {
      await button(`Remove ${name} from the hill`).click();
    }
    await page.getByRole('spinbutton', { name: 'Rounds per pair' }).fill('12');
    await page.getByRole('spinbutton', { name: 'Seed' }).fill('4');
    await button('Play all pairs').click();
    await page.getByText('10 pairs played').waitFor();
    const settings = namedSettings('94nop');
    const rules = { setting: '94nop', settings, rounds: 12, seed: 4 } as const;
    const warriors = names.map((name): HillWarrior => {
      const { source } = sample(name);
      const { warrior } = assembleEntry(source, rules, { warriors: 2, rounds: 12 });
      return { id: warriorId(warrior!), file: name, age: 1, warrior: warrior! };
    });
    const pool = createBattlePool({ workers: 1 });
    const hill = await runHill(
      { rules, warriors, results: new Map() },
      { pool, save: () => {} },
    ).finally(() => pool.close());
    const ranking = rankHill(hill);
    const rows = await page.locator('.cw-ranking tbody tr').allInnerTexts();
    expect(rows.map((row) => row.split('\t').join(' '))).toEqual(
      ranking.map(({ rank, score, wins, losses, ties, entry }) =>
        [
          rank,
          entry.warrior.name,
          entry.warrior.author,
          ...[score, wins, losses, ties].map((one) => one.toFixed(1)),
        ].join(' '),
      ),
    );
    const hints = await page
      .locator('.matrix td button')
      .evaluateAll((cells) => cells.map((cell) => cell.getAttribute('aria-label')));
    const expected = ranking.flatMap(({ entry: row }) =>
      ranking.flatMap(({ entry: column }) => {
        if (row === column) return [];
        const [lower, higher, ties] = hill.results.get(pairKey(row.id, column.id))!;
        const [wins, losses] = row.id < column.id ? [lower, higher] : [higher, lower];
        const count = (number: number, one: string, more: string) =>
          `${number} ${number === 1 ? one : more}`;
        const share = Math.round((100 * wins) / 12);
        return `${share} %, ${row.warrior.name} against ${column.warrior.name}: ${count(wins, 'win', 'wins')}, ${count(losses, 'loss', 'losses')}, ${count(ties, 'tie', 'ties')}`;
      }),
    );
    expect(hints).toEqual(expected);
    await page.locator('.matrix td button').first().click();
    await page.getByText('Choose a round to watch it.').waitFor();
    expect(await page.locator('.cw-round').count()).toBe(12);
    await checkPage(page, ['dark']);
    const outcome = await page.locator('.cw-round').nth(2).getAttribute('aria-label');
    await page.locator('.cw-round').nth(2).click();
    await button('To the end').click();
    const [, result, name] = /^Watch round 3, a (\w+) of (\w+)$/.exec(outcome!)!;
    const ends = { win: new RegExp(`^${name} wins`), loss: / wins|^Nobody/, tie: /^A tie of 2/ };
    await expect.poll(() => page.locator('.cw-message').textContent()).not.toBe('');
    const message = await page.locator('.cw-message').textContent();
    expect(message).toMatch(ends[result as keyof typeof ends]);
    if (result === 'loss') expect(message).not.toMatch(new RegExp(`^${name} wins`));
  });

  test('has said nothing to the console', () => {
    expect(said).toEqual([]);
  });
});
