import { describe, expect, test } from 'vitest';
import { createOutput } from '../output.ts';
import { createWorkProgress } from './work-progress.ts';

function show(options: { isTTY: boolean; json?: boolean; isQuick?: boolean }, stepMs = 1000) {
  const pieces: string[] = [];
  let time = 0;
  const write = (piece: string | Uint8Array) => pieces.push(String(piece)) > 0;
  const stream = { isTTY: options.isTTY, columns: 100, write };
  const output = createOutput(options, stream, { NO_COLOR: '1' });
  const { isQuick = false } = options;
  const progress = createWorkProgress(output, 'pairs', { isQuick, now: () => time });
  for (let done = 1; done <= 4; done++) {
    time = done * stepMs;
    progress(done, 4);
  }
  return pieces.join('');
}

describe('progress of what is counted', () => {
  test('is a bar on a terminal', () => {
    const lines = show({ isTTY: true }).split('\r');
    expect(lines[1]).toBe(
      `[${'#'.repeat(6)}${'.'.repeat(18)}]  1/4 pairs  25 %  1.0 pairs/s  ETA 3s\u001b[K`,
    );
    expect(lines.at(-1)).toBe(`[${'#'.repeat(24)}]  4/4 pairs  100 %  1.0 pairs/s  in 4s\u001b[K`);
  });

  test('is the first line and the last one elsewhere, and others now and then', () => {
    expect(show({ isTTY: false }).split('\n')).toEqual([
      '1/4 pairs  25 %  1.0 pairs/s  ETA 3s',
      '4/4 pairs  100 %  1.0 pairs/s  in 4s',
      '',
    ]);
  });

  test('is nothing in JSON', () => {
    expect(show({ isTTY: true, json: true })).toBe('');
  });

  test('of work that is mostly done at once is shown after a moment', () => {
    expect(show({ isTTY: true, isQuick: true }, 100)).toBe('');
    expect(show({ isTTY: true, isQuick: true }, 200)).toContain('3/4 pairs');
    expect(show({ isTTY: true, isQuick: true }, 200)).not.toContain('2/4 pairs');
    expect(show({ isTTY: false, isQuick: true }, 1000)).toBe('');
    expect(show({ isTTY: false, isQuick: true }, 2000)).toBe(
      '3/4 pairs  75 %  0.5 pairs/s  ETA 2s\n4/4 pairs  100 %  0.5 pairs/s  in 8s\n',
    );
  });
});
