import { expect, test } from 'vitest';
import { labelFolders } from './label-folders.ts';

test('folders are named by as much of their path as tells them apart', () => {
  expect(labelFolders(['runs/a', 'runs/b'])).toEqual(['a', 'b']);
  expect(labelFolders(['x/seed-0', 'y/seed-0', './y/seed-1/'])).toEqual([
    'x/seed-0',
    'y/seed-0',
    'y/seed-1',
  ]);
});
