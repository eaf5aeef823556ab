// The key-value store of a group, in the memory of process 0.

import { startTimer } from './start-timer.ts';

/** What a store holds at most. */
export const STORE_LIMITS = {
  keyBytes: 1024,
  valueBytes: 16 * 2 ** 20,
  keys: 65_536,
  totalBytes: 256 * 2 ** 20,
} as const;

/** Why a request has no result. */
export type Refusal =
  | { readonly error: 'timeout' }
  | { readonly error: 'missing' }
  | { readonly error: 'full'; readonly message: string }
  /** At a meeting that not all came to. */
  | { readonly error: 'absent'; readonly came: readonly number[] };

type Waiting<T> = { resolve(value: T): void; readonly timer: NodeJS.Timeout };

export class KeyValueStore {
  private readonly values = new Map<string, Uint8Array>();
  private readonly waiting = new Map<string, Set<Waiting<Uint8Array | Refusal>>>();
  private bytes = 0;

  /** Sets a value, also of a key that has one. */
  put(key: string, value: Uint8Array): null | Refusal {
    const before = this.values.get(key);
    const bytes = this.bytes + value.length - (before?.length ?? 0);
    const problem = this.explainFull(key, value, before === undefined, bytes);
    if (problem !== null) return { error: 'full', message: problem };
    this.values.set(key, value);
    this.bytes = bytes;
    for (const { resolve, timer } of this.waiting.get(key) ?? []) {
      clearTimeout(timer);
      resolve(value);
    }
    this.waiting.delete(key);
    return null;
  }

  tryGet(key: string): Uint8Array | null {
    return this.values.get(key) ?? null;
  }

  /** The value of a key once it is there. */
  get(key: string, timeoutMs: number): Promise<Uint8Array | Refusal> {
    const value = this.values.get(key);
    if (value !== undefined) return Promise.resolve(value);
    return new Promise((resolve) => {
      const all = this.waiting.get(key) ?? new Set();
      this.waiting.set(key, all);
      const one: Waiting<Uint8Array | Refusal> = {
        resolve,
        timer: startTimer(timeoutMs, () => {
          all.delete(one);
          resolve({ error: 'timeout' });
        }),
      };
      all.add(one);
    });
  }

  private explainFull(key: string, value: Uint8Array, isNew: boolean, bytes: number) {
    const { keyBytes, valueBytes, keys, totalBytes } = STORE_LIMITS;
    if (Buffer.byteLength(key) > keyBytes) return `a key is longer than ${keyBytes} bytes`;
    if (value.length > valueBytes) return `a value is longer than ${valueBytes} bytes`;
    if (isNew && this.values.size >= keys) return `there are ${keys} keys already`;
    return bytes > totalBytes ? `all values together are longer than ${totalBytes} bytes` : null;
  }
}
