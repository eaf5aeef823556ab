import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { withFolder } from '../../test/support/command-line.ts';
import { requireWritable } from './require-writable.ts';

test('what keeps a file from being written is said', async () => {
  await withFolder(async (folder) => {
    const at = (...names: string[]) => path.join(folder, ...names);
    writeFileSync(at('file'), '');
    mkdirSync(at('folder'));
    expect(() => requireWritable(at('missing', 'page.html'))).toThrow('no such folder as');
    expect(() => requireWritable(at('file', 'page.html'))).toThrow('is a file where a folder');
    expect(() => requireWritable(at('folder'))).toThrow('folder is a folder');
    for (const file of [at('file'), at('new'), at('folder', 'new')]) requireWritable(file);
  });
});
