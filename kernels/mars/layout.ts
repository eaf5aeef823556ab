// Where the core, the warriors and their queues lie in memory.
//
// A cell is one 64-bit word: A-field in bits 0 to 15, B-field in 16 to 31, and from 32 on the packed code of
// src/corewar/instruction.ts, exclusive-or the code of an empty cell, so that an empty core is all zeros. Words are read
// and written whole: a narrow write followed by a wide read would have to wait for the cache.

/** Fixed addresses, below the module's own data (`--memoryBase`): instructions can hold them. */
export const CORE: usize = 0;
export const MAX_CORE_SIZE: u32 = 65536;
/** `[2^14]` uint8: what run.ts does with each packed code. */
export const HANDLERS: usize = 524288;

/** `DAT.F $0, $0`. */
export const EMPTY_CODE: u32 = 265;

/** A warrior is a record of 64 bytes; these are the offsets of its 32-bit fields. */
export const WARRIOR_BYTES: usize = 64;
/** Neighbours in the ring of warriors alive. */
export const NEXT: usize = 0;
export const PREVIOUS: usize = 4;
/** Byte positions in the queue's ring, ever increasing: modulo its size where they are used. */
export const HEAD: usize = 8;
export const TAIL: usize = 12;
/** Address of the ring of uint16. */
export const QUEUE: usize = 16;
/** Address of `[coreSize]` uint8: 1 for addresses that were queued. */
export const VISITED: usize = 20;
export const SPAWNED: usize = 24;
/** Cycle of the death, -1 for the living. */
export const DEATH: usize = 28;
/** Address of `[pspaceSize]` uint16, whose element 0 is unused: warriors may share it. */
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
/** Of a full queue: two for each process. */
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
  fullBytes = processes << 1;
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
  top = (__heap_base + 63) & ~63;
  const bottom = top;
  warriors = allocate(usize(count) * WARRIOR_BYTES);
  images = allocate(usize(instructions) << 3);
  // Queues of one size, a power of two apart, would contend for the same lines of the cache.
  const queueBytes = usize(queueMask + 1) + 192;
  const queues = allocate(usize(count) * queueBytes);
  const visited = allocate(usize(count) * ((usize(coreSize) + 79) & ~15));
  const pspaces = allocate((usize(count) * usize(pspaceSize)) << 1);
  const pages = i32((top + 65535) >>> 16) - memory.size();
  if (pages > 0 && memory.grow(pages) < 0) return false;
  memory.fill(bottom, 0, top - bottom);
  for (let i: usize = 0; i < usize(count); i++) {
    const warrior = warriors + i * WARRIOR_BYTES;
    store<u32>(warrior, u32(queues + i * queueBytes), QUEUE);
    store<u32>(warrior, u32(visited + i * ((usize(coreSize) + 79) & ~15)), VISITED);
    store<u32>(warrior, u32(pspaces + ((i * usize(pspaceSize)) << 1)), PSPACE);
    store<u32>(warrior, coreSize - 1, LAST_RESULT);
  }
  return true;
}
