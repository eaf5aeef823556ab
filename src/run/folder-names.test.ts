import { expect, test } from 'vitest';
import { explainFolderName, findCaseTwins } from './folder-names.ts';

test('names of half-written folders, of devices, and those that some systems change are none', () => {
  expect(explainFolderName('a.tmp-12')).toContain('half-written');
  expect(explainFolderName('a.old-1')).toContain('half-written');
  expect(explainFolderName('a.')).toContain('a dot at the end');
  for (const name of ['con', 'NUL', 'com1', 'Aux.text']) {
    expect(explainFolderName(name)).toContain('Windows has a device');
  }
  expect(explainFolderName('a'.repeat(65))).toContain('more than 64 letters');
  for (const name of ['text', 'a.tmp', 'tmp-12', 'a.tmp-x', 'console', 'a'.repeat(64)]) {
    expect(explainFolderName(name)).toBeNull();
  }
});

test('names that differ by capitals alone are found', () => {
  expect(findCaseTwins(['text', 'source', 'Text'])).toEqual(['text', 'Text']);
  expect(findCaseTwins(['text', 'texts'])).toBeNull();
});
