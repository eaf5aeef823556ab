// What the studio's pages compute, without a page.

import { describe, expect, test } from 'vitest';
import type { FolderFacts } from '../../src/studio/protocol.ts';
import { formatAge } from '../../studio/format-age.ts';
import { readPanels, smoothCurve } from '../../studio/pages/run/read-curves.ts';
import { filterFolders, orderFolders } from '../../studio/pages/runs/filter-folders.ts';
import { addressOf, routeOf } from '../../studio/routes.ts';

const facts = (place: string, given: Partial<FolderFacts> = {}): FolderFacts => ({
  id: `0/${place}`,
  place,
  parent: null,
  kind: 'training',
  state: 'finished',
  recipe: 'tiny',
  seed: 0,
  createdMs: 0,
  changedMs: 0,
  stage: null,
  step: null,
  steps: null,
  loss: null,
  spark: [],
  tokensPerSecond: null,
  tags: [],
  ...given,
});

test('addresses lead back to their pages, whatever a folder is called', () => {
  for (const id of ['0/a', '1/ä b/c#d', '0/100%/x?y']) {
    expect(routeOf(addressOf('run', id))).toEqual({ page: 'run', path: id, query: '' });
  }
  const chosen = routeOf(addressOf('run', '0/a', { panel: 'a&b?c#d' }));
  expect(new URLSearchParams(chosen.query).get('panel')).toBe('a&b?c#d');
  expect(chosen.path).toBe('0/a');
  expect(routeOf('').page).toBe('runs');
  for (const wrong of ['#/run/%E0%A4%A', '#/run', '#/elsewhere']) {
    expect(routeOf(wrong).page).toBe('unknown');
  }
});

describe('the list', () => {
  const all = [
    facts('a', { recipe: 'nca-tiny', seed: 1, loss: 2, changedMs: 5 }),
    facts('b', { state: 'killed', loss: 1, changedMs: 9 }),
    facts('c', { kind: 'redqueen', seed: 12 }),
  ];
  const places = (found: readonly FolderFacts[]) => found.map(({ place }) => place).join('');

  test('has what has every word, in a state', () => {
    expect(places(filterFolders(all, 'NCA', 'all'))).toBe('a');
    expect(places(filterFolders(all, 'seed 1', 'all'))).toBe('ac');
    expect(places(filterFolders(all, '', 'killed'))).toBe('b');
    expect(places(filterFolders(all, 'tiny redqueen', 'all'))).toBe('c');
    expect(places(filterFolders(all, 'nowhere', 'all'))).toBe('');
  });

  test('is ordered, what has no number last', () => {
    expect(places(orderFolders(all, 'loss'))).toBe('bac');
    expect(places(orderFolders(all, 'changed'))).toBe('bac');
    expect(places(orderFolders(all, 'place'))).toBe('abc');
  });
});

describe('curves', () => {
  const rows = [
    { stage: 'a', step: 0, tokens: 0, heldOutLoss: 9 },
    { stage: 'a', step: 1, tokens: 10, loss: 8, elapsedSeconds: 2 },
    { stage: 'a', step: 2, tokens: 20, loss: null, elapsedSeconds: 3 },
    { stage: 'b', step: 0, tokens: 0, heldOutLoss: 7 },
    { stage: 'b', step: 1, tokens: 5, loss: 6, elapsedSeconds: 5 },
  ];
  const curve = (label: string, axis: 'steps' | 'tokens' | 'seconds') =>
    readPanels(rows, axis).find((panel) => panel.label === label)!.curves;

  test('have a curve for each stage, one behind the other', () => {
    expect(curve('Training loss', 'steps')).toEqual([
      { name: 'a', x: [1, 2], y: [8, null] },
      { name: 'b', x: [3], y: [6] },
    ]);
    expect(curve('Training loss', 'tokens').map(({ x }) => x)).toEqual([[10, 20], [25]]);
    expect(curve('Held-out loss', 'seconds').map(({ x }) => x)).toEqual([[0], [3]]);
  });

  test('are smoothed by means, around what is missing', () => {
    const given = { name: 'a', x: [0, 1, 2, 3], y: [1, null, 3, 8] };
    expect(smoothCurve(given, 3).y).toEqual([1, null, 5.5, 5.5]);
    expect(smoothCurve(given, 1)).toEqual(given);
  });
});

test('ages in words', () => {
  const now = 1e9;
  expect(formatAge(now - 3_000, now)).toBe('just now');
  expect(formatAge(now - 60_000, now)).toBe('1 minute ago');
  expect(formatAge(now - 7_300_000, now)).toBe('2 hours ago');
  expect(formatAge(now + 5_000, now)).toBe('just now');
});
