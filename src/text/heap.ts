// A binary heap.

/** A priority queue; `pop` gives an item that none of the others comes before. */
type Heap<T> = { push(item: T): void; pop(): T | undefined };

/** An empty heap ordered by `before(a, b)`: whether a leaves before b. */
export function createHeap<T>(before: (a: T, b: T) => boolean): Heap<T> {
  const items: T[] = [];
  return {
    push(item) {
      let hole = items.length;
      items.push(item);
      while (hole > 0) {
        const parent = (hole - 1) >> 1;
        if (!before(item, items[parent]!)) break;
        items[hole] = items[parent]!;
        hole = parent;
      }
      items[hole] = item;
    },
    pop() {
      const top = items[0];
      const item = items.pop();
      if (item === undefined || items.length === 0) return top;
      let hole = 0;
      for (;;) {
        let child = 2 * hole + 1;
        if (child >= items.length) break;
        if (child + 1 < items.length && before(items[child + 1]!, items[child]!)) child++;
        if (!before(items[child]!, item)) break;
        items[hole] = items[child]!;
        hole = child;
      }
      items[hole] = item;
      return top;
    },
  };
}
