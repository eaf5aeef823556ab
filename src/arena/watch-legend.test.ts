import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { formatFrame, renderScreen } from './watch-battle.ts';
import { describeOutcome, layOutLegend } from './watch-legend.ts';

const NAMES = [
  'Imp',
  'A name that is as long as a name can be, and then longer still',
  '氷の戦士たちの長い名前',
  '',
  'e\u0301\u{1f980}',
];

/** Warriors whose names and counts go by a number. */
function field(count: number, seed: number) {
  const entries = Array.from({ length: count }, (_, i) => ({
    name: NAMES[(seed + 3 * i) % NAMES.length]!,
    processes: [0, 1, 12, 8000, 1_000_000, 0, 7][(seed * 5 + i) % 7]!,
  }));
  const processes = entries.map((one) => one.processes);
  const view = (isOver: boolean) => ({
    status: () => ({ cycle: (seed * 7919) % 1_000_000, processes, isOver }),
    map: () => ({ owners: new Uint8Array(300).fill(1), heads: entries.map((_, i) => i * 8) }),
  });
  return { entries, view };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is drawn with
const plain = (line: string) => line.replace(/\u001b\[[0-9;?]*[a-zA-Z]/g, '');

const widthOf = (line: string) => (/^[ -~]*$/.test(line) ? line.length : stringWidth(line));
const widest = (lines: readonly string[]) => Math.max(...lines.map(widthOf));

test('no line is wider than the screen, and there are no more lines than it has, from 40 to 200 columns', () => {
  for (let columns = 40; columns <= 200; columns++) {
    for (const [k, count] of (columns % 5 === 0 ? [1, 3, 9, 36] : [2, 7]).entries()) {
      const { entries, view } = field(count, columns * 10 + k);
      const rows = 5 + ((columns * 7 + k * 11) % 56);
      const isOver = (columns + k) % 2 === 0;
      const { map, lines } = renderScreen(view(isOver), entries, { columns, rows }, 'paused');
      const mapLines = map.split('\n').map(plain);
      expect(Math.max(...mapLines.map((line) => line.length))).toBeLessThanOrEqual(columns);
      expect(widest(lines.map(plain))).toBeLessThanOrEqual(columns);
      expect(mapLines.length + lines.length).toBeLessThanOrEqual(rows);
      const text = formatFrame(view(isOver), entries, { columns, rows }).split('\n');
      expect(widest(text)).toBeLessThanOrEqual(columns);
    }
  }
});

const text = (lines: ReturnType<typeof layOutLegend>) =>
  lines.map((line) => line.map((span) => span.text).join(''));

describe('layOutLegend', () => {
  const pair = [
    { name: 'Dwarf', processes: 1 },
    { name: 'Imp', processes: 8000 },
  ];

  test('counts are labeled and stand below one another', () => {
    expect(text(layOutLegend(pair, 80, 8))).toEqual([
      'a Dwarf    1 process    b Imp   8000 processes',
    ]);
    expect(text(layOutLegend(pair, 40, 8))).toEqual([
      'a Dwarf    1 process',
      'b Imp   8000 processes',
    ]);
  });

  test('the dead are said to be dead, and long names are cut', () => {
    const lines = layOutLegend([{ name: 'x'.repeat(50), processes: 0 }, ...pair], 40, 8);
    expect(text(lines)).toEqual([
      `a ${'x'.repeat(22)}… dead`,
      `b ${'Dwarf'.padEnd(23)}    1 process`,
      `c ${'Imp'.padEnd(23)} 8000 processes`,
    ]);
  });

  test('36 warriors stand in columns under a line that says what is counted', () => {
    const many = Array.from({ length: 36 }, (_, i) => ({ name: `Warrior ${i + 1}`, processes: i }));
    const lines = text(layOutLegend(many, 80, 8));
    expect(lines.length).toBe(7);
    expect(lines.slice(0, 2)).toEqual([
      'processes of each warrior:',
      'a War… dead  b War…    1  c War…    2  d War…    3  e War…    4  f War…    5',
    ]);
    expect(lines.join(' ')).toContain('9 War…   35');
    expect(text(layOutLegend(many, 40, 4))[0]).toBe('processes of each warrior (and 24 more …');
  });
});

test('one line says how a round ended', () => {
  const round = (...processes: number[]) =>
    describeOutcome(
      processes.map((count, i) => ({ name: 'ABC'[i]!, processes: count })),
      80_000,
    );
  expect(round(0, 5)).toBe('B wins after 80000 cycles');
  expect(round(1, 5, 0)).toBe('tie of 2 after 80000 cycles: A, B');
  expect(round(0, 0)).toBe('nobody is alive after 80000 cycles');
  expect(round(1)).toBe('A is alive after 80000 cycles');
});
