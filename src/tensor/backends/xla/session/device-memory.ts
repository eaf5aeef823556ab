// Memory that a compiled program needs, and that a device has for it.

import { totalmem } from 'node:os';
import {
  type ArraySpec,
  allocate,
  formatMemory,
  sizeOf,
  UserError,
} from '../../../../core/index.ts';
import type { Client, CompiledProgram } from './client.ts';
import { TAKE_LESS } from './explain-failure.ts';
import type { PlacedArray } from './placed-arrays.ts';

/** Memory of a run, bytes; null where the plugin does not know it. */
export function peakOf({ memory }: Pick<CompiledProgram, 'memory'>): number | null {
  if (!memory) return null;
  const { argumentBytes, outputBytes, aliasBytes, temporaryBytes } = memory;
  return argumentBytes + outputBytes - aliasBytes + temporaryBytes;
}

/**
 * Checks that a program can have the memory that it needs: what is free and, at best, the states, which may be its arguments.
 *
 * @param devices that it is spread over; virtual devices of a CPU share its memory
 * @param peakBytes on one of them
 * @param states what lies there
 * @throws UserError with both figures
 */
export function requireRoom(
  client: Pick<Client, 'memory' | 'platform'>,
  devices: number,
  peakBytes: number,
  states: readonly Pick<PlacedArray, 'buffers'>[],
): void {
  const sharing = client.platform === 'cpu' ? devices : 1;
  const held = states
    .flatMap(({ buffers }) => buffers.slice(0, sharing))
    .reduce((sum, { spec }) => sum + bytesOf(spec), 0);
  const needed = sharing * peakBytes;
  const available = availableBytes(client) + held;
  if (needed <= available) return;
  throw new UserError(
    `the compiled program needs ${formatMemory(needed)} of memory, the device has ${formatMemory(available)}`,
    { hint: TAKE_LESS },
  );
}

/** Of all programs and states; null where it is not known. */
export function memoryBytes(client: Pick<Client, 'memory' | 'platform'>): number | null {
  const memory = client.memory();
  if (memory) return memory.limit;
  if (client.platform !== 'cpu') return null;
  // 0, or more than there is, where nothing constrains this process.
  const allowed = process.constrainedMemory();
  return allowed > 0 ? Math.min(allowed, totalmem()) : totalmem();
}

function availableBytes(client: Pick<Client, 'memory' | 'platform'>): number {
  const memory = client.memory();
  if (memory) return memory.limit - memory.inUse;
  // A CPU has the memory of this process; of other devices it is not known.
  return client.platform === 'cpu' ? process.availableMemory() : Number.POSITIVE_INFINITY;
}

function bytesOf({ dtype, shape }: ArraySpec): number {
  return sizeOf(shape) * allocate(dtype, 1).BYTES_PER_ELEMENT;
}
