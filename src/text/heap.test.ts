import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createHeap } from './heap.ts';

it('a heap gives its items in order, whatever was pushed between', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer())), (operations) => {
      const heap = createHeap<number>((a, b) => a < b);
      const reference: number[] = [];
      for (const operation of operations) {
        if (operation === null) {
          expect(heap.pop()).toBe(reference.sort((a, b) => a - b).shift());
        } else {
          heap.push(operation);
          reference.push(operation);
        }
      }
      const rest = reference.map(() => heap.pop());
      expect(rest).toEqual(reference.sort((a, b) => a - b));
      expect(heap.pop()).toBeUndefined();
    }),
  );
});
