// Small things that learners with a memory share.

import { type NdArray, UserError } from '../../core/index.ts';
import type { MemoryConfig } from '../../nn/index.ts';
import type { Supervision } from './sequence-batch.ts';

/** A resource that is opened when it is first asked for, and closed if it was. */
export function lazily<T extends { close(): Promise<void> }>(open: () => Promise<T>) {
  let opened: Promise<T> | undefined;
  return {
    get(): Promise<T> {
      opened ??= open();
      return opened;
    },
    async close(): Promise<void> {
      await (await opened)?.close();
    },
  };
}

/** Scalars as numbers. */
export function numberParts(arrays: Readonly<Record<string, NdArray>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(arrays).map(([name, { data }]) => [name, Number(data[0])]),
  );
}

/** @throws UserError where the encoder cannot read what it is to be supervised on */
export function checkEncoder(config: MemoryConfig, supervision: Supervision, time: number): void {
  const slides = supervision.contextLength !== undefined && supervision.contextLength < time;
  if (config.encoder === 'bidirectional' || (!slides && supervision.shortContexts)) return;
  throw new UserError('supervision: the causal encoder reads all contexts from their beginning', {
    hint: "leave contextLength out and shortContexts on, or choose encoder 'bidirectional'",
  });
}
