import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { KeyValueStore, STORE_LIMITS } from './key-value-store.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const bytes = (...values: number[]) => Uint8Array.from(values);

describe('the store', () => {
  test('gives what was put, at once or once it is there', async () => {
    const store = new KeyValueStore();
    expect(store.tryGet('a')).toBeNull();
    const [first, second] = [store.get('a', 1000), store.get('a', 2000)];
    const other = store.get('b', 1000);
    expect(store.put('a', bytes(1, 2))).toBeNull();
    expect(await first).toEqual(bytes(1, 2));
    expect(await second).toEqual(bytes(1, 2));
    expect(await store.get('a', 0)).toEqual(bytes(1, 2));
    vi.advanceTimersByTime(999);
    store.put('a', bytes(3));
    expect(store.tryGet('a')).toEqual(bytes(3));
    vi.advanceTimersByTime(1);
    expect(await other).toEqual({ error: 'timeout' });
  });

  test('is bounded', () => {
    const { keyBytes, valueBytes, keys, totalBytes } = STORE_LIMITS;
    const store = new KeyValueStore();
    const refused = (key: string, value: Uint8Array) => store.put(key, value);
    expect(refused('ü'.repeat(keyBytes / 2), bytes())).toBeNull();
    expect(refused('ü'.repeat(keyBytes / 2 + 1), bytes())).toMatchObject({ error: 'full' });
    expect(refused('x', new Uint8Array(valueBytes + 1))).toMatchObject({ error: 'full' });
    const large = new Uint8Array(valueBytes);
    for (let n = 0; n < totalBytes / valueBytes; n++) expect(refused(`${n}`, large)).toBeNull();
    expect(refused('more', bytes(1))).toMatchObject({ error: 'full' });
    // What is replaced makes room.
    expect(refused('0', bytes(1))).toBeNull();
    expect(refused('more', bytes(1))).toBeNull();
    const many = new KeyValueStore();
    for (let n = 0; n < keys; n++) many.put(`${n}`, bytes());
    expect(many.put('one', bytes())).toMatchObject({ error: 'full' });
    expect(many.put('0', bytes(1))).toBeNull();
  });
});
