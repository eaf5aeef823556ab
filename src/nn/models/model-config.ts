// The config.json of a model of any kind: another program's format if the kind has one, otherwise our own.

import { z } from 'zod';
import { inContext, UserError } from '../../core/index.ts';
import { resolveKind } from '../../core/resolve-kind.ts';
import { findModelType, isRecord, show } from './config-fields.ts';
import { count } from './count.ts';
import { createModel, describeModel, type ModelDescription, type ModelRegistry } from './model.ts';

/** Prefix of the kind in the `model_type` of our own format. */
const PREFIX = 'primordia-';

const configSchema = z.strictObject({
  model_type: z.string(),
  vocabSize: count,
  contextLength: count,
  options: z.record(z.string(), z.unknown()),
});

/**
 * The content of config.json. For a kind without `files` of its own, `model_type` is its name after `primordia-`, followed by
 * its sizes and its options in full.
 *
 * @param endOfText id that separates documents, if tokens are text
 */
export function modelConfigText(
  registry: ModelRegistry,
  description: ModelDescription,
  endOfText?: number,
): string {
  const { kind, options, sizes } = description;
  const { files } = resolveKind('model', registry, kind, options).definition;
  if (files) return files.toConfigText(description, endOfText);
  const { vocabSize, contextLength } = sizes;
  const json = { model_type: `${PREFIX}${kind}`, vocabSize, contextLength, options };
  return `${JSON.stringify(json, null, 2)}\n`;
}

/**
 * The model that a config.json describes.
 *
 * @param json the parsed file
 * @param source what it was read from, for messages
 * @throws UserError for a kind that is not in the registry, an architecture that none of its kinds reads, options that
 *   the kind does not have, or sizes that do not fit together
 */
export function modelConfigFromJson(
  registry: ModelRegistry,
  json: unknown,
  source: string,
): ModelDescription {
  if (!isRecord(json)) throw new UserError(`${source}: the configuration is not a JSON object`);
  const type = json.model_type;
  if (typeof type === 'string' && type.startsWith(PREFIX)) {
    return readOurs(registry, json, type.slice(PREFIX.length), source);
  }
  const known = Object.entries(registry).flatMap(([kind, { files }]) =>
    Object.entries(files?.modelTypes ?? {}).map((names) => ({ kind, names })),
  );
  const found = findModelType(json, Object.fromEntries(known.map(({ names }) => names)), source);
  const { kind } = known.find(({ names: [name] }) => name === found)!;
  return { kind, ...registry[kind]!.files!.fromConfigJson(json, source) };
}

function readOurs(
  registry: ModelRegistry,
  json: object,
  kind: string,
  source: string,
): ModelDescription {
  if (!Object.hasOwn(registry, kind)) {
    const known = Object.keys(registry).join(', ');
    throw new UserError(
      `${source}: the model is of kind ${show(kind)}, which is not among ${known}`,
      { hint: 'load the plugin that defines this kind' },
    );
  }
  const parsed = configSchema.safeParse(json);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new UserError(`${source}: ${path.join('.') || 'the file'}: ${message}`, {
      hint: 'the file is damaged or from another version: use another copy',
    });
  }
  const { vocabSize, contextLength, options } = parsed.data;
  try {
    const description = describeModel(registry, kind, options, { vocabSize, contextLength });
    createModel(registry, kind, description.options, description.sizes);
    return description;
  } catch (error) {
    throw inContext(source, error);
  }
}
