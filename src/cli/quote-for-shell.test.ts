import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { quoteForShell } from './quote-for-shell.ts';

test('names are quoted where a shell would read something else, and only there', () => {
  expect(quoteForShell('runs/nca-tiny-001')).toBe('runs/nca-tiny-001');
  expect(quoteForShell('-x')).toBe('./-x');
  expect(quoteForShell('~/a')).toBe("'~/a'");
  const names = ['my run', "it's", 'a"b', '$HOME', '`id`', 'a\\b', 'a*', 'é', '!x', '#a', ''];
  const { stdout } = spawnSync('sh', [
    '-c',
    `printf '%s\\n' ${names.map(quoteForShell).join(' ')}`,
  ]);
  expect(`${stdout}`.split('\n').slice(0, -1)).toEqual(names);
});
