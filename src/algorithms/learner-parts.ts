// Helpers that learners share.

import type { NdArray } from '../core/index.ts';

/** A resource that is opened on first use, and closed if it was opened. */
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
