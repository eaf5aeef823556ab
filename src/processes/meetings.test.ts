import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Meetings } from './meetings.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
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
