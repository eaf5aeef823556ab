import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CountTable } from './count-table.ts';

const keys = fc.array(fc.tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -9, max: 9 })), {
  maxLength: 400,
});

test('counts as a map does, and takes back what came after the mark', () => {
  fc.assert(
    fc.property(keys, fc.array(keys, { maxLength: 3 }), (before, sequences) => {
      const table = new CountTable();
      const counts = new Map<string, number>();
      for (const [high, low] of before) {
        // Far apart, so that slots collide and the table grows.
        table.add(high * 2 ** 20, low * 1024);
        counts.set(`${high} ${low}`, (counts.get(`${high} ${low}`) ?? 0) + 1);
      }
      const check = (own: ReadonlyMap<string, number>) => {
        for (let high = -3; high <= 3; high++) {
          for (let low = -9; low <= 9; low++) {
            const name = `${high} ${low}`;
            const expected = (counts.get(name) ?? 0) + (own.get(name) ?? 0);
            expect(table.get(high * 2 ** 20, low * 1024)).toBe(expected);
          }
        }
      };
      table.mark(400);
      for (const sequence of sequences) {
        const own = new Map<string, number>();
        for (const [high, low] of sequence) {
          table.add(high * 2 ** 20, low * 1024);
          own.set(`${high} ${low}`, (own.get(`${high} ${low}`) ?? 0) + 1);
        }
        check(own);
        table.rewind();
        check(new Map());
      }
    }),
    { numRuns: 30 },
  );
});
