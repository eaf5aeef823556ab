// Lengths of Huffman codes as zlib chooses them: of equal weights, the shallower subtree first, then the heap's order.

/** The most symbols of an alphabet, and the nodes of its tree. */
const SYMBOLS_MAX: i32 = 286;
const NODES_MAX: i32 = 2 * SYMBOLS_MAX + 1;

/**
 * A heap entry is weight, depth and node in one word, 15, 5 and 10 bits of it: a block has at most 2^14 symbols, and a
 * tree of depth d needs a weight of the d-th Fibonacci number.
 */
const NODE_BITS: u32 = 10;
const NODE_MASK: u32 = 1023;
const DEPTH_MASK: u32 = 31 << 10;
const WEIGHT_MASK: u32 = ~u32(0x7fff);
const NO_ENTRY: u32 = 0xffffffff;

const heap: usize = memory.data((NODES_MAX + 2) * 4, 16);
/** Nodes in the order in which they left the heap, two at a time, the root last. */
const order: usize = memory.data((NODES_MAX + 1) * 2, 16);
const parents: usize = memory.data((NODES_MAX + 1) * 2, 16);
const depths: usize = memory.data((NODES_MAX + 1) * 2, 16);
const counts: usize = memory.data(16 * 4, 16);

/** Of the tree built last: the largest symbol that has a code. */
export let largestSymbol: i32 = 0;

/**
 * Finds the code lengths, `[symbols + 1]` uint16 at `lengths`, of symbols with the given uint32 `frequencies`; symbols
 * that do not occur have length 0, but at least two symbols get a code. Returns the bits that all occurrences take.
 */
export function buildCode(
  frequencies: usize,
  lengths: usize,
  symbols: i32,
  longestAllowed: i32,
): u32 {
  let size = fillHeap(frequencies, lengths, symbols);
  const leaves = size;
  for (let k = size >> 1; k >= 1; k--) siftDown(k, load<u32>(heap + (k << 2)), size);
  let node: u32 = symbols;
  let to = order;
  while (size >= 2) {
    const first = load<u32>(heap, 4);
    const last = load<u32>(heap + (size << 2));
    store<u32>(heap + (size << 2), NO_ENTRY);
    size--;
    replaceSmallest(last, size);
    const second = load<u32>(heap, 4);
    store<u16>(to, u16(first & NODE_MASK));
    store<u16>(to, u16(second & NODE_MASK), 2);
    to += 4;
    store<u16>(parents + ((first & NODE_MASK) << 1), u16(node));
    store<u16>(parents + ((second & NODE_MASK) << 1), u16(node));
    const weight = (first & WEIGHT_MASK) + (second & WEIGHT_MASK);
    const depth = max<u32>(first & DEPTH_MASK, second & DEPTH_MASK) + (1 << NODE_BITS);
    siftDown(1, weight | depth | node, size);
    node++;
  }
  store<u16>(to, u16(node - 1));
  assignLengths(lengths, symbols, 2 * leaves - 1, longestAllowed);
  let bits: u32 = 0;
  for (let i = 0; i <= largestSymbol; i++) {
    bits += load<u32>(frequencies + (i << 2)) * load<u16>(lengths + (i << 1));
  }
  return bits;
}

/** Puts the symbols that occur into the heap, unordered, and others if there are less than two of them. */
function fillHeap(frequencies: usize, lengths: usize, symbols: i32): i32 {
  let size = 0;
  largestSymbol = -1;
  for (let i = 0; i < symbols; i++) {
    const frequency = load<u32>(frequencies + (i << 2));
    store<u16>(lengths + (i << 1), 0);
    if (frequency === 0) continue;
    size++;
    store<u32>(heap + (size << 2), (frequency << 15) | i);
    largestSymbol = i;
  }
  while (size < 2) {
    const symbol = largestSymbol < 2 ? ++largestSymbol : 0;
    size++;
    store<u32>(heap + (size << 2), (1 << 15) | symbol);
  }
  store<u32>(heap + ((size + 1) << 2), NO_ENTRY);
  return size;
}

/** Moves `entry` down from place `k`, ahead of what is equal to it. The place after the last holds NO_ENTRY. */
function siftDown(k: i32, entry: u32, size: i32): void {
  const key = entry >>> NODE_BITS;
  let child = k << 1;
  while (child <= size) {
    const at = heap + (child << 2);
    let smallest = load<u32>(at);
    const right = load<u32>(at, 4);
    if (right >>> NODE_BITS <= smallest >>> NODE_BITS && child < size) {
      smallest = right;
      child++;
    }
    if (key <= smallest >>> NODE_BITS) break;
    store<u32>(heap + (k << 2), smallest);
    k = child;
    child = k << 1;
  }
  store<u32>(heap + (k << 2), entry);
}

/**
 * Puts `entry` in place of the smallest. It was the last, and so is large: going down the smaller children to the
 * bottom and back up finds the same place as comparing on the way down, with fewer surprises for the processor.
 */
function replaceSmallest(entry: u32, size: i32): void {
  const key = entry >>> NODE_BITS;
  let k = 1;
  let child = 2;
  while (child <= size) {
    const at = heap + (child << 2);
    const left = load<u32>(at);
    const right = load<u32>(at, 4);
    const isRight = right >>> NODE_BITS <= left >>> NODE_BITS;
    store<u32>(heap + (k << 2), isRight ? right : left);
    k = child + i32(isRight);
    child = k << 1;
  }
  while (k > 1) {
    const above = load<u32>(heap + ((k >> 1) << 2));
    if (key > above >>> NODE_BITS) break;
    store<u32>(heap + (k << 2), above);
    k >>= 1;
  }
  store<u32>(heap + (k << 2), entry);
}

/** Depths of the leaves as code lengths, none above `longestAllowed`. */
function assignLengths(lengths: usize, symbols: i32, nodes: i32, longestAllowed: i32): void {
  memory.fill(counts, 0, 64);
  let overflow = 0;
  let at = order + ((nodes - 1) << 1);
  store<u16>(depths + (u32(load<u16>(at)) << 1), 0);
  for (at -= 2; at >= order; at -= 2) {
    const node = u32(load<u16>(at));
    let bits: i32 = load<u16>(depths + (u32(load<u16>(parents + (node << 1))) << 1)) + 1;
    if (bits > longestAllowed) {
      bits = longestAllowed;
      overflow++;
    }
    store<u16>(depths + (node << 1), u16(bits));
    if (node >= u32(symbols)) continue;
    store<u16>(lengths + (node << 1), u16(bits));
    const count = counts + (bits << 2);
    store<u32>(count, load<u32>(count) + 1);
  }
  if (overflow > 0) shorten(lengths, symbols, overflow, longestAllowed);
}

/** Makes room for codes that are too long: shorter ones become longer, the rarest symbols get the longest codes. */
function shorten(lengths: usize, symbols: i32, overflow: i32, longestAllowed: i32): void {
  const longest = counts + (longestAllowed << 2);
  while (overflow > 0) {
    let count = longest - 4;
    while (load<u32>(count) === 0) count -= 4;
    store<u32>(count, load<u32>(count) - 1);
    store<u32>(count, load<u32>(count, 4) + 2, 4);
    store<u32>(longest, load<u32>(longest) - 1);
    overflow -= 2;
  }
  let at = order;
  for (let bits = longestAllowed; bits > 0; bits--) {
    let left = load<u32>(counts + (bits << 2));
    while (left > 0) {
      const node = u32(load<u16>(at));
      at += 2;
      if (node >= u32(symbols)) continue;
      store<u16>(lengths + (node << 1), u16(bits));
      left--;
    }
  }
}
