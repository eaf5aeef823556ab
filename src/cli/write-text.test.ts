import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { writeText } from './write-text.ts';

test('text from outside moves no cursor and paints nothing', () => {
  const written: string[] = [];
  writeText({ write: (text: unknown) => Boolean(written.push(String(text))) }, 'a\u001b[2J\n\tb\n');
  writeText({ write: (text: unknown) => Boolean(written.push(String(text))) }, '');
  expect(written).toEqual(['a\\x1b[2J\n\tb\n']);
});

test('commands write to standard output and error through it, as JSON, or in words of their own', () => {
  const own = /\.write\((?:`\$\{JSON\.stringify|json\)|'[^']*'\)|binary, 'latin1'\)|rows\.map\()/;
  const found = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    // stream-sequences.ts writes bytes, which are no text, as pmars does where standard output is not a terminal.
    .filter((name) => !['output.ts', 'write-text.ts', 'stream-sequences.ts'].includes(name))
    .flatMap((name) =>
      readFileSync(path.join(import.meta.dirname, name), 'utf8')
        .split('\n')
        .filter((line) => /\b(?:stdout|stderr)\.write\(/.test(line) && !own.test(line))
        .map((line) => `${name}: ${line.trim()}`),
    );
  expect(found, 'text that may come from outside goes through writeText').toEqual([]);
});
