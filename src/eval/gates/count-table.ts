// Counts of hashed contexts, which can be undone.

/** Bits are spread so that each bit of the input decides about half the bits of the result. */
function scramble(word: number): number {
  let x = word;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return x ^ (x >>> 16);
}

/** One half of a hash with a value mixed in. The two halves of a key take different `salt`s. */
export function mixHash(half: number, value: number, salt: number): number {
  return scramble(Math.imul(half, 0x9e3779b1) ^ Math.imul(value + salt, 0x85ebca6b)) | 0;
}

/**
 * Counts of 64-bit keys, given as two words. Keys are hashes: two contexts with the same key would be counted as one, which
 * happens with a chance of 1 in 40 million for a million contexts.
 *
 * What is added after `mark` can be taken back by `rewind`, in time proportional to what was added.
 */
export class CountTable {
  private high: Int32Array;
  private low: Int32Array;
  /** Zero where a slot is empty. */
  private counts: Int32Array;
  private used = 0;
  /** Slots in order of the additions since `mark`. */
  private journal: Int32Array = new Int32Array(0);
  private journaled = -1;

  constructor() {
    this.high = new Int32Array(1024);
    this.low = new Int32Array(1024);
    this.counts = new Int32Array(1024);
  }

  get(high: number, low: number): number {
    return this.counts[this.find(high, low)]!;
  }

  add(high: number, low: number): void {
    if (this.journaled < 0 && 2 * (this.used + 1) > this.counts.length) this.grow(this.used + 1);
    const slot = this.find(high, low);
    if (this.counts[slot]! === 0) {
      this.high[slot] = high;
      this.low[slot] = low;
      this.used += 1;
    }
    this.counts[slot]! += 1;
    if (this.journaled >= 0) this.journal[this.journaled++] = slot;
  }

  /** Keeps the present counts; at most `additions` follow before each `rewind`. */
  mark(additions: number): void {
    // A table that grew would move the slots of the journal.
    this.grow(this.used + additions);
    this.journal = new Int32Array(additions);
    this.journaled = 0;
  }

  /** Takes back what was added since `mark`. */
  rewind(): void {
    // Last in, first out, so no remaining key was placed beyond a slot that is emptied here.
    for (let i = this.journaled - 1; i >= 0; i--) {
      const slot = this.journal[i]!;
      this.counts[slot]! -= 1;
      if (this.counts[slot]! === 0) this.used -= 1;
    }
    this.journaled = Math.min(this.journaled, 0);
  }

  /** The slot of a key, or the empty one where it would go. */
  private find(high: number, low: number): number {
    const mask = this.counts.length - 1;
    let slot = low & mask;
    while (this.counts[slot]! !== 0 && (this.low[slot]! !== low || this.high[slot]! !== high)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private grow(keys: number): void {
    let size = this.counts.length;
    while (size < 2 * keys) size *= 2;
    if (size === this.counts.length) return;
    const { high, low, counts } = this;
    this.high = new Int32Array(size);
    this.low = new Int32Array(size);
    this.counts = new Int32Array(size);
    for (let i = 0; i < counts.length; i++) {
      if (counts[i]! === 0) continue;
      const slot = this.find(high[i]!, low[i]!);
      this.high[slot] = high[i]!;
      this.low[slot] = low[i]!;
      this.counts[slot] = counts[i]!;
    }
  }
}
