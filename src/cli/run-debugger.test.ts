import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DWARF } from '../../test/support/warriors.ts';
import { type BattleJob, makeSettings } from '../corewar/index.ts';
import { completeLine } from './debugger-input.ts';
import { type DebuggerOptions, runDebugger } from './run-debugger.ts';

const job: BattleJob = {
  settings: makeSettings({ maxCycles: 30 }),
  warriors: [DWARF],
  rounds: 2,
  order: 'rotate',
  placement: { kind: 'fixed', positions: [0] },
};
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-debugger-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function typeInto(script: string, options: Partial<DebuggerOptions> = {}) {
  const [input, output] = [new PassThrough(), new PassThrough()];
  let text = '';
  output.on('data', (data) => {
    text += data;
  });
  input.end(script);
  const end = await runDebugger({ job, input, output, ...options });
  output.end();
  await new Promise((resolve) => output.on('end', resolve));
  return { end, text };
}

test('a pipe gets no prompts, a script for pMARS does', async () => {
  const line = (address: string, text: string) => `${address}   ${text}     \n`;
  const first = line('00001', 'ADD.AB #     4, $    -1');
  const second = line('00002', 'MOV.I  $    -2, @    -2');
  expect((await typeInto('s\nq\n')).text).toBe(first + second);
  const pmars = await typeInto('s\ne 5\nnop 0\nq', { isPmars: true });
  const edited = `00005   \n00005   ${line('00005', 'NOP.F  $     0, $     0')}`;
  expect(pmars.text).toBe(`${first}(cdb) ${second}(cdb) ${edited}(cdb) `);
  expect(pmars.end.isAborted).toBe(true);
});

test('machines get an object per command', async () => {
  const { text } = await typeInto('calc 1~calc 2\nprogress\nquit', { isJson: true });
  const objects = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(objects.slice(1)).toEqual([{ text: '1\n2\n' }, { text: 'Dwarf by us scores 0\n' }]);
});

test('long input is read to its end, and the battle played to its own', async () => {
  const { end, text } = await typeInto('calc cycle\n'.repeat(5000));
  expect(text.split('\n').filter((line) => line === '30').length).toBe(5000);
  expect(end).toEqual({ isAborted: false, outcomes: [[0, 2]] });
});

test('macro files are read and log files appended to; what cannot be is said', async () => {
  const [macros, log] = [path.join(folder, 'a.mac'), path.join(folder, 'log')];
  writeFileSync(macros, 'hi=echo \u001b[31mhello\n');
  writeFileSync(log, 'before\n');
  const script = `write ${log}\nmacro hi,${macros}\nwrite\nwrite ${folder}\nmacro ,${folder}/none\nq\n`;
  const { text } = await typeInto(script);
  expect(text).toContain('\\x1b[31mhello\n');
  expect(text).toContain(`error: ${folder} is not a regular file`);
  expect(text).toMatch(/error: .*none/);
  expect(readFileSync(log, 'utf8')).toMatch(
    /^before\n[\s\S]*\(cdb\) macro hi[\s\S]*\\x1b\[31mhello\n/,
  );
});

test('a log file that cannot be opened is an error of writing, and the session goes on', async () => {
  const circle = path.join(folder, 'circle');
  symlinkSync(circle, circle);
  const long = path.join(folder, 'x'.repeat(300));
  const nul = path.join(folder, 'a\0b');
  const script = `write ${folder}/none/x\nwrite ${long}\nwrite ${circle}\nwrite ${nul}\nmacro ,${nul}\necho alive\nq\n`;
  const lines = (await typeInto(script)).text.split('\n').slice(1);
  const refused = `error: a file name cannot hold a NUL character: ${folder}/a\\x00b (leave it out)`;
  expect(lines).toEqual([
    expect.stringMatching(/^error: no such folder as .*none for writing .*none\/x \(create the/),
    `error: the name is too long for writing ${long} (choose a shorter one)`,
    `error: symbolic links that go in a circle stand in the way for writing ${circle} (choose another name)`,
    refused,
    refused,
    'alive',
    '',
  ]);
});

test('Tab completes commands where one begins, and labels elsewhere', () => {
  const complete = (line: string) => completeLine(line, ['loop', 'lost', 'bomb']);
  expect(complete('unt')).toEqual([['untrace '], 'unt']);
  expect(complete('@step~@re')).toEqual([['restart ', 'registers ', 'reset ', 'remark '], 're']);
  expect(complete('list lo')).toEqual([['loop', 'lost'], 'lo']);
  expect(complete('list loop,bo')).toEqual([['bomb'], 'bo']);
  expect(complete('break 1 if CY')).toEqual([['CYCLE'], 'CY']);
  expect(complete('xyz')).toEqual([[], 'xyz']);
});
