import { describe, expect, test } from 'vitest';
import { openOutput as open } from '../../test/support/open-output.ts';
import { formatSeconds } from './format-seconds.ts';
import { createOutput, formatTable } from './output.ts';
import { advance, beginProgress, planStages } from './progress/progress.ts';

/** Progress with a name, half done after a second. */
function progressOf(name: string) {
  const planned = planStages(beginProgress(0), [{ id: 'x', name, unit: 'pairs', total: 4 }]);
  return advance(planned, { stage: 'x', done: 2 }, 1000);
}

describe('what is said, shown and found', () => {
  const tell = (options: Parameters<typeof open>[0]) => {
    const { output, text } = open(options);
    output.event({ a: 1 });
    output.say('hello');
    output.show(progressOf('x'), 1000);
    output.say('there');
    output.result({ b: 2 }, 'the end');
    return text();
  };

  test('is lines where there is no terminal', () => {
    expect(tell({})).toBe('hello\nx 2/4 pairs  50 %  2.0 pairs/s  ETA 1s\nthere\nthe end\n');
  });

  test('is one object a line in JSON, of what machines read', () => {
    expect(tell({ json: true })).toBe('{"a":1}\n{"b":2}\n');
  });

  test('on a terminal is below the progress, which is gone at the end', () => {
    const line = '[####....]  x 2/4 pairs  50 %  2.0 pairs/s  ETA 1s\u001b[K';
    const pieces = ['hello\n', line, `there\u001b[K\n${line}`, '\u001b[Kthe end\n'];
    expect(tell({ isTTY: true, columns: 60 })).toBe(pieces.join('\r'));
  });

  test('on a terminal that is dumb is lines; NO_COLOR is heeded', () => {
    const write = (env: Record<string, string>) => {
      let text = '';
      const keep = (piece: unknown) => {
        text += String(piece);
        return true;
      };
      createOutput({}, { isTTY: true, write: keep }, env).show(progressOf('x'), 1000);
      return text;
    };
    expect(write({ TERM: 'dumb' })).toBe('x 2/4 pairs  50 %  2.0 pairs/s  ETA 1s\n');
    expect(write({})).toContain('\u001b[32m');
    expect(write({ NO_COLOR: '' })).toContain('\u001b[32m');
    expect(write({ NO_COLOR: '1' })).not.toContain('\u001b[3');
  });
});

describe('control characters', () => {
  const evil = 'red \u001b[31m, bell \u0007, CSI \u009b2J';
  const shown = 'red \\x1b[31m, bell \\x07, CSI \\x9b2J';

  test('are shown in whatever is said to people, and left to JSON otherwise', () => {
    for (const isTTY of [true, false]) {
      const { output, text } = open({ isTTY });
      output.say(evil);
      output.result({}, `${evil}\n\tend`);
      expect(text()).toBe(`${shown}\n${shown}\n\tend\n`);
      output.show(progressOf(`${evil}\nx`), 1000);
      expect(text()).toContain(`${shown} x 2/4 pairs`);
    }
    const json = open({ json: true });
    json.output.event({ evil });
    json.output.result({ evil }, evil);
    expect(json.text()).toBe(`${JSON.stringify({ evil })}\n`.repeat(2));
  });

  test('stay in exact text that goes into a file, and only there', () => {
    const file = open();
    file.output.result({}, evil, { exact: true });
    expect(file.text()).toBe(`${evil}\n`);
    const terminal = open({ isTTY: true });
    terminal.output.result({}, evil, { exact: true });
    expect(terminal.text()).toBe(`${shown}\n`);
  });

  test('do not move the columns of a table', () => {
    expect(
      formatTable([
        ['name', 'n'],
        ['a\u001b', '1'],
      ]),
    ).toBe('name   n\na\\x1b  1');
  });
});

test('formatSeconds', () => {
  expect([0, 59.4, 59.6, 75, 3600, 3661, 90_000].map(formatSeconds)).toEqual([
    '0s',
    '59s',
    '1m00s',
    '1m15s',
    '1h00m',
    '1h01m',
    '25h00m',
  ]);
});

test('formatTable aligns names left and numbers right', () => {
  const table = formatTable([
    ['arm', 'loss'],
    ['scratch', '2'],
    ['nca', '10.5'],
  ]);
  expect(table).toBe('arm      loss\nscratch     2\nnca      10.5');
});
