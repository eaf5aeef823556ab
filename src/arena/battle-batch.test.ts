import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DWARF, IMP } from '../../test/support/warriors.ts';
import { makeSettings } from '../corewar/index.ts';
import { formatPairs, pairJobs, readPairs } from './battle-batch.ts';
import { formatCsv, parseCsv } from './csv.ts';

describe('csv', () => {
  test('reads what it writes', () => {
    const field = fc.oneof(fc.string(), fc.constantFrom('"', ',', '\n', 'a"b', ' '));
    const rows = fc.array(fc.array(field, { minLength: 2, maxLength: 4 }));
    fc.assert(
      fc.property(rows, (table) => {
        const text = formatCsv(table);
        if (text.startsWith('\ufeff') || text.includes('\r')) return;
        expect(parseCsv(text, 'x').map(({ fields }) => fields)).toEqual(table);
      }),
    );
  });

  test('knows line ends, quotes, empty fields, and lines of the file', () => {
    const text = '\ufeffa,b\r\n"x\r\n""y""",2\n\n,\rlast,';
    expect(parseCsv(text, 'x')).toEqual([
      { line: 1, fields: ['a', 'b'] },
      { line: 2, fields: ['x\n"y"', '2'] },
      { line: 5, fields: ['', ''] },
      { line: 6, fields: ['last', ''] },
    ]);
  });

  test.each([
    ['a\n\n"b\n\nc', 'line 3: a quote is not closed'],
    ['a\n"b"c', 'line 2: text follows'],
    ['a\nb"c', 'line 2: a quote inside'],
  ])('%j is refused', (text, problem) => {
    expect(() => parseCsv(text, 'f.csv')).toThrow(`f.csv, ${problem}`);
  });
});

const settings = makeSettings();
const read = (text: string) => readPairs(text, 'p.csv', settings);

describe('pairs', () => {
  test('columns may stand in any order, others are ignored', () => {
    expect(read('winner,second_position, second ,first\ntie,100,b,a\n')).toEqual([
      { line: 2, first: 'a', second: 'b', secondPosition: 100 },
    ]);
  });

  test.each([
    ['', 'p.csv is empty'],
    ['first,second\na,b', 'no column "second_position"'],
    ['first,first,second,second_position', '"first" twice'],
    ['first,second,second_position\na,b', 'line 2: 2 fields'],
    ['first,second,second_position\na,b,1.5', 'line 2: second_position "1.5"'],
    ['first,second,second_position\na,b,8000', 'from 0 to 7999'],
    ['first,second,second_position\na,b,-1', 'line 2: second_position'],
    ['first,second,second_position\n\n../a,b,100', 'line 3: "../a" is not the name'],
    ['first,second,second_position\na,,100', 'line 2: "" is not the name'],
    [`first,second,second_position\na,b,${'9'.repeat(1e5)}`, '9…" is not a whole number'],
  ])('%#: hostile tables are explained', (text, problem) => {
    expect(() => read(text)).toThrow(problem);
  });

  test('overlap is named with its line; names come back quoted', () => {
    const pairs = read('first,second,second_position\n"a,1",b,100\na,b,3');
    const warriorOf = (name: string) => (name === 'b' ? IMP : DWARF);
    expect(() => pairJobs(pairs, settings, warriorOf, 'p.csv')).toThrow('line 3: b at 3 overlaps');
    expect(pairJobs(pairs.slice(0, 1), settings, warriorOf, 'p.csv')[0]!.placement).toEqual({
      kind: 'fixed',
      positions: [0, 100],
    });
    expect(formatPairs(pairs.slice(0, 1), ['none'])).toBe(
      'first,second,second_position,winner\n"a,1",b,100,none\n',
    );
  });
});
