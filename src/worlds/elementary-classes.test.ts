import { expect, test } from 'vitest';
import { stepElementary } from './elementary.ts';
import {
  complementElementaryRule,
  equivalentElementaryRules,
  listElementaryRepresentatives,
  listRulesOfClass,
  mirrorElementaryRule,
  type WolframClass,
  wolframClassOf,
} from './elementary-classes.ts';

test('there are 88 equivalence classes, and they hold every rule once', () => {
  const representatives = listElementaryRepresentatives();
  expect(representatives).toHaveLength(88);
  const all = representatives.flatMap(equivalentElementaryRules);
  expect(all.sort((a, b) => a - b)).toEqual([...Array(256).keys()]);
  // 64 rules are their own mirror image, 16 their own complement.
  const rules = [...Array(256).keys()];
  expect(rules.filter((rule) => mirrorElementaryRule(rule) === rule)).toHaveLength(64);
  expect(rules.filter((rule) => complementElementaryRule(rule) === rule)).toHaveLength(16);
  expect(equivalentElementaryRules(110)).toEqual([110, 124, 137, 193]);
  expect(equivalentElementaryRules(30)).toEqual([30, 86, 135, 149]);
});

test('a mirrored rule does the same to mirrored rows, a complementary one to complements', () => {
  const row = Uint8Array.from('0110100111010001101', Number);
  const mirrored = row.slice().reverse();
  const complement = row.map((cell) => 1 - cell);
  for (let rule = 0; rule < 256; rule++) {
    const next = new Uint8Array(row.length);
    const other = new Uint8Array(row.length);
    stepElementary(rule, row, next);
    stepElementary(mirrorElementaryRule(rule), mirrored, other);
    expect(other.reverse()).toEqual(next);
    stepElementary(complementElementaryRule(rule), complement, other);
    expect(other.map((cell) => 1 - cell)).toEqual(next);
  }
});

test('the classes have 8, 65, 11 and 4 of the 88', () => {
  const counts = [1, 2, 3, 4].map(
    (c) => listElementaryRepresentatives().filter((rule) => wolframClassOf(rule) === c).length,
  );
  expect(counts).toEqual([8, 65, 11, 4]);
  expect(listRulesOfClass(4)).toEqual([
    41, 54, 97, 106, 107, 110, 120, 121, 124, 137, 147, 169, 193, 225,
  ]);
  const all = [1, 2, 3, 4].flatMap((c) => listRulesOfClass(c as WolframClass));
  expect(new Set(all).size).toBe(256);
  for (const [rule, wolframClass] of [
    [0, 1],
    [255, 1],
    [184, 2],
    [204, 2],
    [90, 3],
    [149, 3],
    [193, 4],
  ]) {
    expect(wolframClassOf(rule!)).toBe(wolframClass);
  }
});
