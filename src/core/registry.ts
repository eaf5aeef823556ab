// Kinds that recipes name (models, worlds, data, …). Registries are values that are passed as arguments; options are a schema.

import { z } from 'zod';

/** A kind of something, as recipes name it. */
export type Definition<O extends z.ZodType = z.ZodType> = {
  readonly kind: string;
  /** The paper or format that it follows. */
  readonly source: string;
  /** What it is, in a sentence. */
  readonly description: string;
  /** The keys of a recipe besides the kind, with defaults and limits. */
  readonly options: O;
};

/** Kinds by name. */
export type Registry<D extends Definition = Definition> = Readonly<Record<string, D>>;

type WithKind<K, O> = { readonly kind: K } & O;
type OptionsByKind<O extends z.ZodType = z.ZodType> = Readonly<
  Record<string, Pick<Definition<O>, 'options'>>
>;
/** Options of a registry's kinds, as in recipes. */
export type KindInput<R extends OptionsByKind> = {
  [K in keyof R]: WithKind<K, z.input<R[K]['options']>>;
}[keyof R];
/** The same with defaults filled in. */
export type KindOutput<R extends OptionsByKind> = {
  [K in keyof R]: WithKind<K, z.output<R[K]['options']>>;
}[keyof R];

/** A schema of `{ kind, …options of the kind }` for all kinds of a registry. */
export function registrySchema<R extends OptionsByKind<z.ZodObject>>(
  registry: R,
): z.ZodType<KindOutput<R>, KindInput<R>> {
  const variants = Object.entries(registry).map(([kind, { options }]) =>
    options.safeExtend({ kind: z.literal(kind) }),
  );
  // Types cannot follow the entries of a record: they are said above.
  return z.discriminatedUnion('kind', variants as never) as never;
}
