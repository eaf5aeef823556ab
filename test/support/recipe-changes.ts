// Ways to change a recipe, for the test that every key has an effect.

export type Overlay = Record<string, unknown>;

/** Another value for a leaf, or several; `given` is what must hold for the key to mean anything. */
export type Change = { readonly to: readonly unknown[]; readonly given?: () => Overlay };

export const to = (...values: unknown[]): Change => ({ to: values });

export const given = (overlay: () => Overlay, ...values: unknown[]): Change => ({
  to: values,
  given: overlay,
});

/** `nest('a.b', 1)` is `{ a: { b: 1 } }`. */
export const nest = (key: string, value: unknown): Overlay =>
  key.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as Overlay;

/** The schedule of a stage's learning rate. */
export const scheduleChanges = (stage: string): Record<string, Change> => {
  const place = `${stage}.optimizer.schedule`;
  const kind = (overlay: Overlay) => () => nest(place, overlay);
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
