import { describe, expect, test } from 'vitest';
import { keyFromSeed, randomBits } from '../core/index.ts';
import { parseHostList } from './parse-host-list.ts';

describe('a list of hosts', () => {
  test.each([
    ['login', ['login']],
    ['a,b.cluster,c-1', ['a', 'b.cluster', 'c-1']],
    ['gpu[01-03,7]', ['gpu01', 'gpu02', 'gpu03', 'gpu7']],
    ['gpu[01-02],login', ['gpu01', 'gpu02', 'login']],
    ['gpu[9-11]', ['gpu9', 'gpu10', 'gpu11']],
    ['gpu[099-101]-ib', ['gpu099-ib', 'gpu100-ib', 'gpu101-ib']],
    ['r[1-2]n[01,03]', ['r1n01', 'r1n03', 'r2n01', 'r2n03']],
    ['[7]', ['7']],
  ])('%s', (text, hosts) => {
    expect(parseHostList(text)).toEqual(hosts);
  });

  test.each([
    ['', 'a name is empty'],
    ['a,,b', 'a name is empty'],
    ['a[1-', '"a[1-" is no part of a name'],
    ['a]1', '"a]1" is no part of a name'],
    ['a[]', '"" is no range of numbers'],
    ['a[1-2-3]', '"1-2-3" is no range of numbers'],
    ['a[x]', '"x" is no range of numbers'],
    ['a[3-1]', 'the range 3-1 runs backwards'],
    ['a b', '"a b" is no part of a name'],
    ['a[1-99999999]', 'it names more than 65,536'],
    ['a[1-999]b[1-999]', 'it names more than 65,536'],
    ['a[1-40000],b[1-40000]', 'it names more than 65,536'],
  ])('%j is refused', (text, why) => {
    expect(() => parseHostList(text)).toThrow(`is no list of hosts: ${why}`);
  });

  test('what is written in ranges comes back, whatever the numbers and widths', () => {
    for (let n = 0; n < 300; n++) {
      const bits = randomBits(keyFromSeed(n), 8);
      const draw = (i: number, below: number) => bits[i]! % below;
      const width = 1 + draw(0, 4);
      const first = draw(1, 10 ** width);
      const count = 1 + draw(2, 30);
      const single = draw(3, 1000);
      const numbers = Array.from({ length: count }, (_, i) =>
        String(first + i).padStart(width, '0'),
      );
      const tail = draw(4, 2) === 0 ? '' : '-ib';
      const range = count === 1 ? numbers[0] : `${numbers[0]}-${numbers.at(-1)}`;
      const hosts = [...numbers, String(single)].map((number) => `n${number}${tail}`);
      expect(parseHostList(`n[${range},${single}]${tail},other`)).toEqual([...hosts, 'other']);
    }
  });
});
