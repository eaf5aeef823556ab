import { describe, expect, test } from 'vitest';
import { advance, beginProgress, type Progress, planStages } from './progress.ts';
import { createPlainView, createTerminalView } from './progress-view.ts';

const PAIRS = { id: 'pairs', unit: 'pairs', total: 4 };

/** A stream that keeps what it is given, of a width that may change. */
function createStream(columns = 100) {
  const pieces: string[] = [];
  const listeners = new Set<() => void>();
  return {
    pieces,
    listeners,
    columns,
    write: (piece: string | Uint8Array) => pieces.push(String(piece)) > 0,
    on: (_: 'resize', listener: () => void) => listeners.add(listener),
    off: (_: 'resize', listener: () => void) => listeners.delete(listener),
    resize(width: number) {
      this.columns = width;
      for (const listener of listeners) listener();
    },
    /** What was written since the last call. */
    take: () => pieces.splice(0).join(''),
  };
}

/** Progress of as many pairs, told of after one second each. */
const at = (done: number, plans = [PAIRS]): Progress =>
  advance(planStages(beginProgress(0), plans), { stage: 'pairs', done }, done * 1000);
const shown = (done: number) => `${done}/4 pairs  ${25 * done} %  1.0 pairs/s`;

describe('lines of a log', () => {
  test('come at first, now and then, and at the end of every stage', () => {
    const stream = createStream();
    const view = createPlainView(stream);
    for (const done of [1, 2, 3]) view.show(at(done), done * 1000);
    expect(stream.take()).toBe(`${shown(1)}  ETA 3s\n`);
    view.write('a sentence\n');
    view.show(at(3), 6000);
    expect(stream.take()).toBe(`a sentence\n${shown(3)}  ETA 0s\n`);
    view.show(at(4), 6001);
    view.show(at(4), 6002);
    view.clear();
    expect(stream.take()).toBe(`${shown(4)}  in 6s\n`);
    const second = advance(
      planStages(at(4), [{ ...PAIRS, id: 'more' }]),
      { stage: 'more', done: 4 },
      6200,
    );
    view.show(second, 6200);
    expect(stream.take()).toMatch(/^stage 2 of 2 {2}4\/4 pairs {2}100 % .* in 2s\n$/);
  });

  test('become fewer as time goes by', () => {
    const stream = createStream();
    const view = createPlainView(stream);
    const count = (fromMs: number, toMs: number) => {
      for (let ms = fromMs; ms < toMs; ms += 200) view.show(at(1), ms);
      return stream.take().split('\n').length - 1;
    };
    expect(count(0, 60_000)).toBe(12);
    const hour = 3_600_000;
    expect(count(hour, 2 * hour)).toBe(60);
  });
});

describe('the line of a terminal', () => {
  const bar = (done: number) => `[${'#'.repeat(6 * done).padEnd(24, '.')}]`;
  const line = (done: number) => `${bar(done)}  ${shown(done)}  ETA ${4 - done}s`;

  test('is written over itself in one piece, and not where it is the same', () => {
    const stream = createStream();
    const view = createTerminalView(stream, { color: false });
    view.show(at(1), 1000);
    view.show(at(2), 2000);
    expect(stream.pieces).toEqual([`\r${line(1)}\u001b[K`, `\r${line(2)}\u001b[K`]);
    view.show(at(2), 2300);
    expect(stream.pieces).toHaveLength(2);
  });

  test('is not written more often than eyes follow, but at the end of a stage', () => {
    const stream = createStream();
    const view = createTerminalView(stream, { color: false });
    for (let ms = 1000; ms < 1100; ms++) view.show(at(1 + (ms - 1000) / 100), ms);
    expect(stream.pieces).toHaveLength(2);
    view.show(at(4), 1100);
    expect(stream.pieces.at(-1)).toContain('4/4 pairs  100 %');
  });

  test('gives way to sentences and comes back below them, in one piece', () => {
    const stream = createStream();
    const view = createTerminalView(stream, { color: false });
    view.write('before\n');
    view.show(at(1), 1000);
    stream.take();
    view.write('two\nlines\n');
    expect(stream.pieces).toEqual([`\rtwo\u001b[K\nlines\n${line(1)}\u001b[K`]);
    stream.take();
    view.clear();
    expect(stream.take()).toBe('\r\u001b[K');
    view.clear();
    view.write('after\n');
    expect(stream.take()).toBe('after\n');
  });

  test('follows the width: what a narrower terminal has broken is taken off', () => {
    const stream = createStream();
    const view = createTerminalView(stream, { color: false });
    view.show(at(1), 1000);
    stream.take();
    expect(line(1).length).toBeGreaterThan(50);
    stream.resize(25);
    expect(stream.take()).toBe('\u001b[2A\r\u001b[J1/4 pairs  ETA 3s\u001b[K');
    stream.resize(120);
    expect(stream.take()).toBe(`\r${line(1)}\u001b[K`);
    view.clear();
    expect(stream.listeners.size).toBe(0);
    stream.resize(60);
    expect(stream.take()).toBe('\r\u001b[K');
  });

  test('has color where it is wanted', () => {
    const stream = createStream();
    createTerminalView(stream, { color: true }).show(at(1), 1000);
    expect(stream.take()).toContain('[\u001b[32m######\u001b[39m...');
  });
});
