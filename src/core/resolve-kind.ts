// Looks up kinds in a registry, and checks their options by the schema of the definition.

import { z } from 'zod';
import { nearestName, UserError } from './errors.ts';
import { explainIssue } from './explain-issue.ts';

/**
 * The definition of a kind, and its options with their defaults.
 *
 * @param what the kind is of, for messages: `model`, `optimizer`
 * @param options as a recipe has them
 * @throws UserError for a kind that is not in the registry, or options that it does not take (naming the nearest known name)
 */
export function resolveKind<D extends { readonly options: z.ZodType }>(
  what: string,
  registry: Readonly<Record<string, D>>,
  kind: string,
  options: unknown,
): { readonly definition: D; readonly options: z.output<D['options']> } {
  if (!Object.hasOwn(registry, kind)) {
    const known = Object.keys(registry);
    const near = nearestName(kind, known);
    throw new UserError(`${what}: unknown kind '${kind}'`, {
      hint: near ? `did you mean '${near}'?` : `known kinds: ${known.join(', ')}`,
    });
  }
  const definition = registry[kind]!;
  const parsed = definition.options.safeParse(options);
  if (parsed.success) return { definition, options: parsed.data as z.output<D['options']> };
  const schema = z.toJSONSchema(definition.options, { io: 'input', unrepresentable: 'any' });
  throw explainIssue(parsed.error.issues[0]!, options, schema, { origin: what, what: 'options' });
}
