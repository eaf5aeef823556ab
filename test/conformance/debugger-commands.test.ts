// Every command that pMARS documents for its debugger is had, or refused with a sentence, and documented.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { COMMANDS, formatCommandTable } from '../../src/corewar/index.ts';
import { typeSession } from '../support/debug-session.ts';
import { SOURCES } from '../support/warriors.ts';

const DOCUMENTED =
  'help progress registers go step continue thread skip execute quit trace untrace moveable list edit fill search write echo ' +
  'remark cls clear display switch close calc macro if reset pqueue wqueue pspace shell';

const say = (script: string) => typeSession(script, { sources: [SOURCES.dwarf] }).text;

test('docs/debugger.md has the table of the commands', () => {
  const text = readFileSync(new URL('../../docs/debugger.md', import.meta.url), 'utf8');
  const shown = /<!-- commands -->\n([\s\S]*?)\n<!-- \/commands -->/.exec(text)?.[1];
  expect(shown).toBe(formatCommandTable());
});

test('each documented command is one', () => {
  for (const name of DOCUMENTED.split(' ')) {
    expect([name, say(name === 'help' ? name : `${name} 0`)]).not.toEqual([
      name,
      expect.stringContaining('is not a command'),
    ]);
  }
});

test('what is refused is refused with a sentence, and nothing else is', () => {
  for (const { name, summary, support } of COMMANDS) {
    const isRefused = say(`${name}\nquit`).includes(`${name}: ${summary}\n`);
    expect([name, isRefused]).toEqual([name, support === 'refused']);
  }
  expect(say('shell ls\nquit')).toContain('shell: the debugger starts no programs');
});

test('help shows every command that there is, or one of them', () => {
  const help = say('help\nquit');
  for (const { name, summary, support } of COMMANDS) {
    if (support !== 'refused') expect(help).toContain(`  ${name} `);
    expect(say(`help ${name}\nquit`)).toContain(summary);
  }
  expect(Math.max(...help.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(120);
});

test("commands go by pMARS's abbreviations, and by their first three letters", () => {
  const pairs = {
    s: 'step',
    g: 'go',
    c: 'continue',
    th: 'thread',
    sk: 'skip',
    x: 'execute',
    xec: 'execute',
    q: 'quit',
    l: 'list',
    se: 'search',
    r: 'registers',
    reg: 'registers',
    p: 'progress',
    pq: 'pqueue',
    wq: 'wqueue',
    ps: 'pspace',
    t: 'trace',
    u: 'untrace',
    mo: 'moveable',
    e: 'edit',
    f: 'fill',
    ca: 'calc',
    m: 'macro',
    res: 'reset',
    restore: 'reset',
    restart: 'restart',
    ec: 'echo',
    rem: 'remark',
    w: 'write',
    cl: 'clear',
    cls: 'clear',
    h: 'help',
    d: 'display',
    sw: 'switch',
    clo: 'close',
    sh: 'shell',
    calculate: 'calc',
    b: 'break',
  };
  for (const [short, name] of Object.entries(pairs)) {
    expect([short, say(`help ${short}\nquit`)]).toEqual([short, say(`help ${name}\nquit`)]);
  }
});
