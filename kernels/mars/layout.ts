// Where the core, the warriors and their queues lie in memory.
//
// A cell is one 64-bit word: A-field, B-field and the packed code of src/corewar/instruction.ts, exclusive-or the code of an
// empty cell, so that an empty core is all zeros. Words are read and written whole: a narrow write followed by a wide read
// would have to wait for the cache.
//
// The module is compiled twice. With FIELD_BITS 16, fields are bits 0 to 15 and 16 to 31, the code begins at 32, and queues
// and P-space hold 16-bit numbers. With 25, for cores above 65,536 cells, fields are bits 0 to 24 and 25 to 49, the code
// begins at 50, and numbers have 32 bits.

export const FIELD_MASK: u32 = (1 << FIELD_BITS) - 1;
/** Of a number in a queue or P-space. */
export const NUMBER_SHIFT: u32 = FIELD_BITS === 16 ? 1 : 2;
export const NUMBER_BYTES: u32 = 1 << NUMBER_SHIFT;

/**
 * Fixed addresses, so that instructions can hold them. The module's own data lie at `--memoryBase`: above a narrow core and
 * its handlers, between the handlers and a wide core.
 */
export const CORE: usize = FIELD_BITS === 16 ? 0 : 65536;
/** `[2^14]` uint8: what run.ts does with each packed code. */
export const HANDLERS: usize = FIELD_BITS === 16 ? 524288 : 0;

/** `DAT.F $0, $0`. */
export const EMPTY_CODE: u32 = 265;

/** A warrior is a record of 64 bytes; these are the offsets of its 32-bit fields. */
export const WARRIOR_BYTES: usize = 64;
/** Neighbors in the ring of warriors alive. */
export const NEXT: usize = 0;
export const PREVIOUS: usize = 4;
/** Byte positions in the queue's ring, ever increasing: modulo its size where they are used. */
export const HEAD: usize = 8;
export const TAIL: usize = 12;
/** Address of the ring of numbers. */
export const QUEUE: usize = 16;
/** Address of `[coreSize]` uint8: 1 for addresses that were queued. */
export const VISITED: usize = 20;
export const SPAWNED: usize = 24;
/** Cycle of the death, -1 for the living. */
export const DEATH: usize = 28;
/** Address of `[pspaceSize]` numbers, whose element 0 is unused: warriors may share it. */
export const PSPACE: usize = 32;
/** Cell 0 of P-space. */
export const LAST_RESULT: usize = 36;
/** Address, length and start of the instructions, as words. */
export const IMAGE: usize = 40;
export const LENGTH: usize = 44;
export const START: usize = 48;

export let coreSize: u32 = 0;
export let maxCycles: u32 = 0;
/** Of a queue's ring. */
export let queueMask: u32 = 0;
/** Of a full queue. */
export let fullBytes: u32 = 0;
export let pspaceSize: u32 = 0;
export let readLimit: u32 = 0;
export let writeLimit: u32 = 0;
/** An immediate B-operand is what it was before the A-operand was evaluated, as in pMARS 0.9.2. */
export let keepsImmediate: bool = false;
export let warriorCount: u32 = 0;
export let warriors: usize = 0;
/** Room for the instructions of all warriors. */
export let images: usize = 0;

let top: usize = 0;

function allocate(bytes: usize): usize {
  const at = top;
  top += (bytes + 63) & ~63;
  return at;
}

export function setSizes(size: u32, cycles: u32, processes: u32, pspace: u32): void {
  coreSize = size;
  maxCycles = cycles;
  pspaceSize = pspace;
  fullBytes = processes << NUMBER_SHIFT;
  let bytes: u32 = 64;
  while (bytes < fullBytes) bytes <<= 1;
  queueMask = bytes - 1;
}

export function setLimits(read: u32, write: u32): void {
  readLimit = read;
  writeLimit = write;
}

export function keepImmediate(keeps: bool): void {
  keepsImmediate = keeps;
}

/** Lays the memory out for warriors of so many instructions in all, clears it, and grows it; false for no room. */
export function layOut(count: u32, instructions: u32): bool {
  warriorCount = count;
  top = FIELD_BITS === 16 ? (__heap_base + 63) & ~63 : CORE + (usize(coreSize) << 3);
  const bottom = top;
  warriors = allocate(usize(count) * WARRIOR_BYTES);
  images = allocate(usize(instructions) << 3);
  // Queues of one size, a power of two apart, would contend for the same lines of the cache.
  const queueBytes = usize(queueMask + 1) + 192;
  const queues = allocate(usize(count) * queueBytes);
  const visited = allocate(usize(count) * ((usize(coreSize) + 79) & ~15));
  const pspaces = allocate((usize(count) * usize(pspaceSize)) << NUMBER_SHIFT);
  const pages = i32((top + 65535) >>> 16) - memory.size();
  if (pages > 0 && memory.grow(pages) < 0) return false;
  memory.fill(bottom, 0, top - bottom);
  for (let i: usize = 0; i < usize(count); i++) {
    const warrior = warriors + i * WARRIOR_BYTES;
    store<u32>(warrior, u32(queues + i * queueBytes), QUEUE);
    store<u32>(warrior, u32(visited + i * ((usize(coreSize) + 79) & ~15)), VISITED);
    store<u32>(warrior, u32(pspaces + ((i * usize(pspaceSize)) << NUMBER_SHIFT)), PSPACE);
    store<u32>(warrior, coreSize - 1, LAST_RESULT);
  }
  return true;
}
