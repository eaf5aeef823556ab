import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { describeLost } from './describe-lost.ts';
import { KeyValueStore, Meetings, Roster, STORE_LIMITS } from './store.ts';

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

describe('a meeting', () => {
  test('ends when all have come, with all values', async () => {
    const meetings = new Meetings(3);
    const met = [2, 0, 1].map((rank) => meetings.meet('here', rank, `v${rank}`, 1000));
    expect(await Promise.all(met)).toEqual(Array(3).fill(['v0', 'v1', 'v2']));
    const again = [0, 1, 2].map((rank) => meetings.meet('here', rank, `w${rank}`, 1000));
    expect(await Promise.all(again)).toEqual(Array(3).fill(['w0', 'w1', 'w2']));
  });

  test('says who came where not all do', async () => {
    const meetings = new Meetings(4);
    const met = [3, 1].map((rank) => meetings.meet('here', rank, '', 1000));
    vi.advanceTimersByTime(1000);
    expect(await Promise.all(met)).toEqual(Array(2).fill({ error: 'absent', came: [1, 3] }));
  });
});

describe('who is lost', () => {
  function roster() {
    let nowMs = 0;
    const made = new Roster(() => nowMs);
    for (const rank of [0, 1, 2]) made.join(rank, `host${rank}`);
    const find = () => made.findLost(1000, 10_000, 100_000);
    /** Seconds in which all but `silent` are heard. */
    const pass = (seconds: number, silent: readonly number[] = [], moving = true) => {
      for (let second = 0; second < seconds; second++) {
        nowMs += 1000;
        for (const rank of [0, 1, 2]) {
          if (silent.includes(rank)) continue;
          made.hear(rank, { at: `step ${rank}`, moves: moving || rank === 0 ? nowMs : 7 });
        }
        const lost = find();
        if (lost) return { ...lost, second };
      }
      return null;
    };
    const jump = (seconds: number) => {
      nowMs += 1000 * seconds;
    };
    return { made, pass, find, jump };
  }

  test('nobody while all are heard and get something done', () => {
    expect(roster().pass(1000)).toBeNull();
  });

  test('whoever is silent', () => {
    const { pass } = roster();
    pass(5);
    const lost = pass(100, [2]);
    expect(lost).toMatchObject({ how: 'silent', forMs: 11_000, second: 10, member: { rank: 2 } });
    expect(describeLost({ ...lost!.member, how: lost!.how, seconds: lost!.forMs / 1000 })).toBe(
      'rank 2 (host2) has given no sign of life for 11 seconds, after step 2',
    );
  });

  test('whoever got nothing done for the longest time', () => {
    const { pass, made } = roster();
    pass(3, [], false);
    made.hear(2, { at: 'step 3', moves: 7 });
    const lost = pass(1000, [], false);
    expect(lost).toMatchObject({ how: 'stalled', member: { rank: 1 } });
    expect(lost!.forMs).toBe(101_000);
  });

  test('nobody because this process itself was stopped', () => {
    const { pass, find, jump } = roster();
    pass(5);
    jump(3600);
    expect(find()).toBeNull();
    expect(pass(100)).toBeNull();
    expect(pass(100, [1])).toMatchObject({ how: 'silent', member: { rank: 1 } });
  });

  test('in words', () => {
    const member = { rank: 1, host: 'gpu08', at: '' };
    expect(describeLost({ ...member, how: 'gone' })).toBe(
      'rank 1 (gpu08) is gone, before its first step',
    );
    expect(describeLost({ ...member, how: 'failed', reason: 'no room' })).toBe(
      'rank 1 (gpu08) failed: no room',
    );
  });
});
