import { describe, expect, test, vi } from 'vitest';
import { gateResult } from '../../test/support/gate-result.ts';
import type { Verdict } from '../eval/index.ts';
import type { RunEvent } from '../run/index.ts';
import { createOutput, createSlowProgress, formatSeconds, formatTable } from './output.ts';

/** An output on a stream that keeps what it is given. */
function open(options: { json?: boolean; isTTY?: boolean; columns?: number } = {}) {
  let written = '';
  const { isTTY = false, columns = 80 } = options;
  const output = createOutput(options, {
    isTTY,
    columns,
    write: (text: unknown) => {
      written += String(text);
      return true;
    },
  });
  return { output, text: () => written };
}

const step = (at: number): RunEvent => ({
  kind: 'step',
  arm: 'nca',
  stage: 'text',
  step: at,
  steps: 10,
  loss: 2.34567,
  learningRate: 0.1,
  gradientNorm: 1,
  tokensPerSecond: 12_345.6,
  etaSeconds: 75,
});
const evaluation: RunEvent = {
  kind: 'evaluation',
  arm: 'nca',
  stage: 'text',
  step: 5,
  tokens: 20_480,
  heldOutLoss: 2.5,
};
const checkpoint: RunEvent = { kind: 'checkpoint', path: 'x', stage: 'text', step: 5 };
const gate = (verdict: Verdict): RunEvent => ({
  kind: 'gate',
  gate: gateResult({ verdict, reasons: ['a reason'] }),
});

describe('plain output', () => {
  test('is a line an event, with the progress only now and then', () => {
    const { output, text } = open();
    for (const event of [step(1), step(2), evaluation, checkpoint, gate('nothing'), step(10)]) {
      output.listener(event);
    }
    output.say('hello');
    output.result({ a: 1 }, 'the end');
    expect(text().split('\n')).toEqual([
      'nca text 1/10  loss 2.346  12,346 tokens/s  ETA 1m15s',
      'nca text step 5: held-out loss 2.5000 after 20,480 tokens',
      'gate nothing: the model has learned nothing of its world',
      '  a reason',
      'nca text 10/10  loss 2.346  12,346 tokens/s  ETA 1m15s',
      'hello',
      'the end',
      '',
    ]);
  });
});

describe('JSON output', () => {
  test('is one object a line, whatever happens, and the result last', () => {
    const { output, text } = open({ json: true });
    const events = [step(1), step(2), evaluation, checkpoint, gate('dynamics')];
    for (const event of events) output.listener(event);
    output.listener({ kind: 'message', text: 'two\nlines' });
    output.say('not for machines');
    output.result({ name: 'x' }, 'the end');
    const lines = text().trimEnd().split('\n');
    const parsed = lines.map((line) => JSON.parse(line));
    expect(parsed.map(({ event }) => event)).toEqual([
      ...['step', 'step', 'evaluation', 'checkpoint', 'gate', 'message'],
      undefined,
    ]);
    expect(parsed[1]).toMatchObject({ step: 2, steps: 10, loss: 2.34567 });
    expect(parsed.at(-1)).toEqual({ name: 'x' });
  });
});

describe('output on a terminal', () => {
  test('shows progress in one line that never wraps, and clears it for others', () => {
    const { output, text } = open({ isTTY: true, columns: 20 });
    output.listener(step(1));
    output.listener(step(2));
    output.say('hello');
    const clear = '\r\u001b[K';
    expect(text()).toBe(`${clear}nca text 1/10  loss${clear}nca text 2/10  loss${clear}hello\n`);
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
      output.progress(`${evil}\nx`, true);
      expect(text()).toContain(isTTY ? `${shown} x` : `${shown}\nx`);
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
    ...['0s', '59s', '1m00s', '1m15s', '1h00m', '1h01m', '25h00m'],
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

describe('progress of any work', () => {
  test('is a line that changes on a terminal, a line now and then elsewhere, nothing in JSON', () => {
    const terminal = open({ isTTY: true });
    terminal.output.progress('rule 1');
    terminal.output.progress('rule 2');
    terminal.output.say('done');
    expect(terminal.text()).toBe('\r\u001b[Krule 1\r\u001b[Krule 2\r\u001b[Kdone\n');
    const plain = open();
    for (const [text, isLast] of [['rule 1'], ['rule 2'], ['rule 3', true]] as const) {
      plain.output.progress(text, isLast);
    }
    expect(plain.text()).toBe('rule 1\nrule 3\n');
    const json = open({ json: true });
    json.output.progress('rule 1', true);
    expect(json.text()).toBe('');
  });

  test('that is done at once is not shown', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      const { output, text } = open({ isTTY: true });
      const progress = createSlowProgress(output);
      progress('rule 1');
      expect(text()).toBe('');
      vi.advanceTimersByTime(501);
      progress('rule 2');
      expect(text()).toContain('rule 2');
    } finally {
      vi.useRealTimers();
    }
  });
});
