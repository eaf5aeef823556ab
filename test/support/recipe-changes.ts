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
