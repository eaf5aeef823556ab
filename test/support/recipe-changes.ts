// Ways to change a recipe, for the tests that every key has an effect.

import { mergeOverlays } from '../../src/run/load-recipe.ts';

export type Overlay = Record<string, unknown>;

/**
 * Another value for a leaf, or several; `given` is what must hold for the key to mean anything, `stage` the one in which it
 * is changed where the leaf is of any stage.
 */
export type Change = {
  readonly to: readonly unknown[];
  readonly given?: () => Overlay;
  readonly stage?: string;
};

export const to = (...values: unknown[]): Change => ({ to: values });

export const given = (overlay: () => Overlay, ...values: unknown[]): Change => ({
  to: values,
  given: overlay,
});

/** `nest('a.b', 1)` is `{ a: { b: 1 } }`. */
export const nest = (key: string, value: unknown): Overlay =>
  key.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as Overlay;

/** The same changes, in a stage. */
export const inStage = (stage: string, changes: Record<string, Change>): Record<string, Change> =>
  Object.fromEntries(Object.entries(changes).map(([leaf, change]) => [leaf, { ...change, stage }]));

/** The schedule of a learning rate at `place`; values lie in `key`. */
export const scheduleChanges = (place: string, key: string): Record<string, Change> => {
  const kind = (overlay: Overlay) => () => nest(key, overlay);
  const stable = { kind: 'warmup-stable-decay', warmup: 0.2, decay: 0.5 };
  return {
    [`${place}.kind`]: to('constant', 'warmup-stable-decay'),
    [`${place}(constant).warmup`]: given(kind({ kind: 'constant' }), 0.5),
    [`${place}(cosine).warmup`]: given(kind({ kind: 'cosine' }), 0.5),
    [`${place}(cosine).final`]: given(kind({ kind: 'cosine' }), 0.5),
    [`${place}(warmup-stable-decay).warmup`]: given(kind(stable), 0.5),
    [`${place}(warmup-stable-decay).decay`]: given(kind(stable), 0.8),
    [`${place}(warmup-stable-decay).final`]: given(kind(stable), 0.5),
  };
};

type Trace = (...changes: readonly Overlay[]) => Promise<string>;

/** Everything that a run of a base recipe with some changes does; the same changes run once. */
export function rememberTraces(traceAnew: Trace): Trace {
  const traces = new Map<string, string>();
  return async (...changes) => {
    const key = JSON.stringify(changes.reduce(mergeOverlays, {}));
    const known = traces.get(key) ?? (await traceAnew(...changes));
    traces.set(key, known);
    return known;
  };
}

/** What runs do without and with a change to a key: no two are alike where the key has an effect. */
export async function traceChange(
  leaf: string,
  change: Change,
  trace: Trace,
  complete = (_key: string, overlay: Overlay): Overlay => overlay,
): Promise<string[]> {
  const key = leaf.replace(/\([^)]*\)/g, '').replace('*', change.stage ?? 'source');
  const context = change.given?.() ?? {};
  const found = [await trace(context)];
  for (const value of change.to) {
    found.push(await trace(context, complete(key, nest(key, value))));
  }
  // Where `given` is itself the change, its counterpart is the base.
  if (change.to.length === 0) found.push(await trace());
  return found;
}
