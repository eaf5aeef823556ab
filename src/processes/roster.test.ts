import { describe, expect, test } from 'vitest';
import { describeLost } from './describe-lost.ts';
import { Roster } from './roster.ts';

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

  test('nobody who has not begun', () => {
    const { made, find, jump } = roster();
    for (let second = 0; second < 1000; second++) {
      jump(1);
      for (const rank of [0, 1, 2]) made.hear(rank, { at: '', moves: 0 });
      expect(find()).toBeNull();
    }
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
