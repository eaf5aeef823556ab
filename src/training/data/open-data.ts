// Opens the data that a recipe names.

import type { DataFacts } from '../../algorithms/algorithm.ts';
import { resolveKind } from '../../core/resolve-kind.ts';
import type { DataContext, DataRegistry, OpenedData } from './data.ts';

/** A kind with its options, as a recipe has them. */
export type DataRecipe = { readonly kind: string } & Readonly<Record<string, unknown>>;

type Context = Omit<DataContext, 'place'> & {
  /** By default `data`. */
  readonly place?: string | undefined;
};

/**
 * Data of a registry. Close them.
 *
 * @throws UserError for an unknown kind or option, options that do not fit the context, or files that are missing,
 *   damaged, or other ones than the run began with
 */
export async function openData(
  registry: DataRegistry,
  recipe: DataRecipe,
  given: Context,
): Promise<OpenedData> {
  const { definition, options, context } = resolveData(registry, recipe, given);
  return definition.open(options, context);
}

/**
 * Facts about data that need not much reading; writes nothing.
 *
 * @throws UserError as `openData`, for what is checked
 */
export async function glanceData(
  registry: DataRegistry,
  recipe: DataRecipe,
  given: Context,
): Promise<DataFacts> {
  const { definition, options, context } = resolveData(registry, recipe, given);
  if (definition.glance) return definition.glance(options, context);
  const opened = await definition.open(options, { ...context, directory: null });
  await opened.close();
  const { vocabSize, contextLength, batchSize, firstPosition, order, weighted } = opened;
  return {
    ...{ vocabSize, contextLength, batchSize, firstPosition, order, weighted },
    ...(opened.drawnOnDevice ? { drawnOnDevice: true } : {}),
  };
}

function resolveData(registry: DataRegistry, { kind, ...given }: DataRecipe, context: Context) {
  const place = context.place ?? 'data';
  return { ...resolveKind(place, registry, kind, given), context: { ...context, place } };
}
