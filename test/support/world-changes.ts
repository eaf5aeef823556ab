// For every key of every kind of world in a recipe, a change that must be noticed.

import { type Change, given, nest, type Overlay, to } from './recipe-changes.ts';

/** A small NCA world, without its kind. */
export const SMALL_NCA = { colors: 2, grid: 4, band: { kind: 'none' } };

/** Changes by the names of leaves (`data(dyck).types`); values lie at `place`. */
export function worldChanges(leaf: string, place = leaf): Record<string, Change> {
  const world = (options: Overlay) => nest(place, options);
  const ofKind = (kind: string, base: Overlay, changes: Record<string, unknown>) =>
    Object.fromEntries(
      Object.entries(changes).map(([key, value]) => [
        `${leaf}(${kind}).${key}`,
        given(() => world({ kind, ...base }), value),
      ]),
    );
  const of = (kind: string, original: string) => () => world({ kind, of: { kind: original } });
  return {
    [`${leaf}.kind`]: to('dyck'),
    ...ncaChanges(`${leaf}(nca)`, place),
    [`${leaf}(shuffled).of.kind`]: given(of('shuffled', 'dyck'), 'dfa'),
    [`${leaf}(iid).of.kind`]: given(of('iid', 'dyck'), 'dfa'),
    ...ofKind('iid', { of: SMALL_NCA }, { sampleSequences: 2 }),
    ...ofKind('dyck', {}, { types: 3, maxDepth: 2, openProbability: 0.9 }),
    ...ofKind('elementary', { width: 16 }, { rules: [30], width: 24, patch: 4, burnIn: 3 }),
    [`${leaf}(elementary).rules`]: given(
      () => world({ kind: 'elementary', width: 16 }),
      [30],
      'class-2',
    ),
    ...ofKind(
      'life',
      { grid: 6 },
      { rules: ['B36/S23'], grid: 9, patch: 2, density: 0.5, burnIn: 3 },
    ),
    ...ofKind(
      'dfa',
      {},
      {
        minStates: 12,
        maxStates: 5,
        symbols: 6,
        minSymbols: 17,
        maxEdges: 2,
        minLength: 40,
        maxLength: 2,
      },
    ),
  };
}

/** Changes of NCA options whose leaves begin with `leaf` and whose values lie at `place`. */
function ncaChanges(leaf: string, place: string): Record<string, Change> {
  const on = (key: string, value: unknown) => () => nest(`${place}.${key}`, value);
  const values: Record<string, unknown> = {
    colors: 3,
    grid: 6,
    patch: 4,
    features: 2,
    hidden: 4,
    temperature: 10,
    identityBias: 50,
    burnIn: 0,
    channelPadding: 'spatial',
    rules: 2,
    drawOn: 'device',
  };
  const band = (kind: string, low: number, high: number) => on('band', { kind, low, high });
  const changes: Record<string, Change> = {
    ...Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, given(() => ({}), value)]),
    ),
    // Early on, frames change most.
    dt: given(on('burnIn', 0), 9),
    ruleSeed: given(on('rules', 2), 7),
    // Most steps are equal in both: many of them leave no simulation the same.
    arithmetic: given(() => nest(place, { colors: 10, burnIn: 1000 }), 'int16'),
    filter: given(band('absolute', 0.01, 10), 'rule'),
    'band.kind': given(() => ({}), 'absolute', 'percentile'),
    'band(absolute).low': given(band('absolute', 0.01, 10), 0.35),
    'band(absolute).high': given(band('absolute', 0.01, 10), 0.3),
    'band(percentile).low': given(band('percentile', 0, 100), 60),
    'band(percentile).high': given(band('percentile', 0, 100), 40),
  };
  return Object.fromEntries(
    Object.entries(changes).map(([key, change]) => [`${leaf}.${key}`, change]),
  );
}
