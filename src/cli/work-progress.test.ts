import { describe, expect, test } from 'vitest';
import { createOutput } from './output.ts';
import { createWorkProgress, describeWork } from './work-progress.ts';

describe('describeWork', () => {
  const work = { total: 50_086, unit: 'pairs' };

  test('says what is done, the rate, and what is left', () => {
    expect(describeWork({ ...work, done: 1200, seconds: 3 })).toBe(
      '1,200/50,086 pairs  2 %  400 pairs/s  ETA 2m02s',
    );
    expect(describeWork({ ...work, done: 3, seconds: 2 })).toContain('1.5 pairs/s  ETA 9h16m');
  });

  test('is not complete before all is done, and ends with the time taken', () => {
    expect(describeWork({ ...work, done: 50_085, seconds: 100 })).toContain('  99 %  ');
    expect(describeWork({ ...work, done: 50_086, seconds: 100 })).toBe(
      '50,086/50,086 pairs  100 %  501 pairs/s  in 1m40s',
    );
  });

  test('knows no rate before anything is done', () => {
    expect(describeWork({ ...work, done: 0, seconds: 1 })).toBe('0/50,086 pairs  0 %');
  });
});

describe('createWorkProgress', () => {
  const show = (isTTY: boolean) => {
    const pieces: string[] = [];
    let time = 0;
    const write = (piece: string | Uint8Array) => pieces.push(String(piece)) > 0;
    const stream = { isTTY, columns: 100, write };
    const progress = createWorkProgress(createOutput({}, stream), 'pairs', () => time);
    for (time = 1000; time <= 4000; time += 1000) progress(time / 1000, 4);
    return pieces.join('');
  };

  test('draws a bar on a terminal', () => {
    const lines = show(true).split('\r\u001b[K');
    expect(lines[1]).toBe(
      `[${'#'.repeat(6)}${'.'.repeat(18)}] 1/4 pairs  25 %  1.0 pairs/s  ETA 3s`,
    );
    expect(lines.at(-1)).toBe(`[${'#'.repeat(24)}] 4/4 pairs  100 %  1.0 pairs/s  in 4s`);
  });

  test('writes the first line and the last one elsewhere, and others now and then', () => {
    expect(show(false).split('\n')).toEqual([
      '1/4 pairs  25 %  1.0 pairs/s  ETA 3s',
      '4/4 pairs  100 %  1.0 pairs/s  in 4s',
      '',
    ]);
  });
});
