import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../core/index.ts';
import { NCA_DEFAULTS } from '../worlds/nca/index.ts';
import { parseRecipe, type Recipe, recipeJsonSchema } from './recipe.ts';

const minimal = { name: 'x', source: { world: { kind: 'nca' } }, text: {} };
const parse = (value: unknown) => parseRecipe(value, 'my.json');

/** The error of a recipe as the command line shows it. */
function fault(value: unknown): string {
  try {
    parse(value);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.hint ? `${error.message} (${error.hint})` : error.message;
  }
  throw new Error('the recipe was accepted');
}

/** `value` with the entry at a path set. */
function withEntry(value: unknown, path: readonly string[], entry: unknown): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return entry;
  const record = (value ?? {}) as Record<string, unknown>;
  return { ...record, [head]: withEntry(record[head], rest, entry) };
}

describe('defaults', () => {
  const training = {
    contextLength: 256,
    batchSize: 16,
    accumulate: 1,
    steps: 200,
    evaluateEvery: 50,
    optimizer: {
      learningRate: 1e-3,
      betas: [0.9, 0.95],
      epsilon: 1e-8,
      weightDecay: 0,
      decay: 'matrices',
      clipNorm: 1,
      schedule: { kind: 'cosine', warmup: 0.1, final: 0.05 },
    },
  };

  test('fill in everything but the name', () => {
    const { sequenceLength: _, ...nca } = NCA_DEFAULTS;
    expect(parse({ name: 'x', source: {}, text: {} })).toEqual({
      name: 'x',
      description: '',
      seed: 0,
      model: { size: 'nano' },
      source: { world: { kind: 'nca', ...nca }, ...training, heldOutSequences: 64 },
      transfer: {
        keep: { modules: ['attention', 'mlp', 'norms'] },
        embeddingStd: 'source',
        weights: 'trained',
      },
      text: {
        corpus: { files: [], field: 'text', column: 'text' },
        tokenizer: { kind: 'byte' },
        validationFraction: 0.1,
        evaluationTokens: 32_768,
        skipBatches: 0,
        ...training,
      },
      checkpoint: { everySteps: 100, keepLast: 2 },
      engine: { target: 'cpu', threads: null },
    });
  });

  test('stay stages left out, and a parsed recipe parses to itself', () => {
    expect(parse({ name: 'x', text: {} }).source).toBeUndefined();
    expect(parse({ name: 'x', source: {} }).text).toBeUndefined();
    const once = parse(minimal);
    expect(parse(JSON.parse(JSON.stringify(once)))).toEqual(once);
  });

  test('of one parse are not those of another', () => {
    const first = parse(minimal) as { source: { optimizer: { betas: number[] } } };
    first.source.optimizer.betas[0] = 0;
    expect(parse(minimal).source!.optimizer.betas[0]).toBe(0.9);
  });
});

type JsonSchema = {
  readonly type?: string;
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly oneOf?: readonly JsonSchema[];
};

type Place = {
  readonly path: readonly string[];
  /** The kinds of what lies on the path, from the recipe itself to the object. */
  readonly kinds: readonly unknown[];
  readonly keys: string[];
};

/** Every object of the schema: its path, what must be there, and the names of its keys. */
function listObjects(
  schema: JsonSchema,
  path: readonly string[] = [],
  above: readonly unknown[] = [],
): Place[] {
  if (schema.oneOf) return schema.oneOf.flatMap((variant) => listObjects(variant, path, above));
  if (!schema.properties) return [];
  const kinds = [...above, schema.properties.kind?.const];
  const own = { path, kinds, keys: Object.keys(schema.properties) };
  const children = Object.entries(schema.properties);
  return [own, ...children.flatMap(([key, child]) => listObjects(child, [...path, key], kinds))];
}

const objects = listObjects(recipeJsonSchema() as JsonSchema);

/** What an object needs beside its kind. */
const NEEDED: Record<string, object> = {
  absolute: { low: 0, high: 1 },
  percentile: { low: 0, high: 100 },
  file: { path: 'tokenizer.json' },
  dataset: { path: 'data' },
  linear: { factor: 2 },
};
const KEPT = { modules: ['key'] };

/** The recipe, in which everything on the path has its kind. */
function withKinds({ path, kinds }: Place): unknown {
  return kinds.reduce<unknown>((recipe, kind, depth) => {
    const isLast = depth === path.length;
    return kind === undefined || isLast
      ? recipe
      : withEntry(recipe, path.slice(0, depth), { kind });
  }, minimal);
}

function objectAt(path: readonly string[], kind: unknown): object {
  const isSelection = path[0] === 'transfer' && path.length === 2;
  return {
    ...(path.length === 0 ? minimal : {}),
    ...(kind === undefined ? {} : { kind, ...NEEDED[kind as string] }),
    ...(isSelection ? KEPT : {}),
  };
}

describe('a misspelt key', () => {
  test('has places at every level', () => {
    expect(objects.length).toBeGreaterThan(20);
    expect(objects.map(({ path }) => path.join('.'))).toContain('source.optimizer.schedule');
  });

  test.each(
    objects.map((place) => ({
      name: ['the recipe', ...place.path]
        .map((key, i) => (place.kinds[i] === undefined ? key : `${key} (${place.kinds[i]})`))
        .join('.'),
      place,
    })),
  )('in $name names the nearest known one', ({ place }) => {
    const { path, kinds, keys } = place;
    const kind = kinds.at(-1);
    const base = withKinds(place);
    for (const key of keys.filter((name) => name.length > 3 && name !== 'kind')) {
      const misspelt = `${key.slice(0, -2)}${key.at(-1)}${key.at(-2)}`;
      if (keys.includes(misspelt)) continue;
      const object = { ...objectAt(path, kind), [misspelt]: 1 };
      const message = fault(withEntry(base, path, object));
      expect(message).toContain('my.json: ');
      expect(message).toContain(`unknown key '${misspelt}'`);
      if (path.length > 0) expect(message).toContain(` in ${path.join('.')} `);
      expect(message).toContain(`(did you mean '${key}'?)`);
    }
  });

  test('that is a key of another kind is not offered itself', () => {
    const schedule = { kind: 'constant', final: 0.1 };
    expect(fault(withEntry(minimal, ['text', 'optimizer', 'schedule'], schedule))).toBe(
      "my.json: unknown key 'final' in text.optimizer.schedule (known here: kind, warmup)",
    );
    const none = { kind: 'none', low: 1 };
    expect(fault(withEntry(minimal, ['source', 'world', 'band'], none))).toContain(
      '(known here: kind)',
    );
  });

  test('like no other lists what there is', () => {
    expect(fault({ ...minimal, zebra: 1 })).toBe(
      "my.json: unknown key 'zebra' (known here: name, description, seed, model, source, requireGate, transfer, text, checkpoint, engine)",
    );
  });
});

describe('a wrong value', () => {
  test.each<[string, unknown, string]>([
    ['seed', 'x', 'expected number'],
    ['seed', 1.5, 'expected int'],
    ['seed', -1, '>=0'],
    ['name', 7, 'expected string'],
    ['name', 'a/b', 'letters, digits'],
    ['name', '', 'letters, digits'],
    ['model', 3, 'expected object'],
    ['model.size', 'huge', '"nano"'],
    ['model.tieEmbeddings', 'yes', 'expected boolean'],
    ['model.attentionDropout', 1, '<1'],
    ['source.steps', 0, '>0'],
    ['source.steps', 'many', 'expected number'],
    ['source.heldOutSequences', 1, '>=2'],
    ['source.world', {}, 'nca'],
    ['source.world.rules', 'many', 'expected "fresh"; or Invalid input: expected number'],
    ['source.world.band.kind', 'some', "did you mean 'none'?"],
    ['source.world.channelPadding', 'zero', '"wrap"|"spatial"'],
    ['text.optimizer.betas', [0.9], 'betas'],
    ['text.optimizer.betas', [0.9, 1], '<1'],
    ['text.optimizer.learningRate', 0, '>0'],
    ['text.optimizer.schedule', { kind: 'linear' }, 'constant, cosine'],
    [
      'text.optimizer.schedule',
      { kind: 'warmup-stable-decay', warmup: 0.6, decay: 0.6 },
      'warmup and decay together exceed 1',
    ],
    ['text.corpus.files', 'a.txt', 'expected array'],
    ['text.corpus.files', [3], 'files.0'],
    ['text.validationFraction', 1, '<1'],
    ['text.tokenizer', { kind: 'file' }, 'tokenizer.path'],
    ['transfer.keep.modules', ['heads'], 'modules.0'],
    ['transfer.keep', { modules: ['key'], layers: [2, 1] }, 'the first layer comes after the last'],
    ['transfer.embeddingStd', 'target', 'expected number, received string; or'],
    ['engine.target', 'tpu', '"cpu"|"webgpu"|"cuda"'],
    ['engine.threads', 0, '>0'],
    ['checkpoint.keepLast', 0, '>0'],
  ])('at %s (%j) names the place and what belongs there', (place, value, expected) => {
    const message = fault(withEntry(minimal, place.split('.'), value));
    expect(message.startsWith(`my.json: ${place}`)).toBe(true);
    expect(message).toContain(expected);
    expect(message).not.toContain('\n');
  });

  test.each([null, 3, 'text', [], undefined])('for the whole recipe (%j) is told', (value) => {
    expect(fault(value)).toMatch(/^my.json: the recipe: .*expected object/);
  });

  test('a recipe without a stage is told what to add', () => {
    expect(fault({ name: 'x' })).toContain('neither a source nor a text stage');
  });

  test('is always a UserError, whatever stands there', () => {
    fc.assert(
      fc.property(fc.constantFrom(...objects), fc.jsonValue(), ({ path }, value) => {
        let parsed: Recipe | undefined;
        try {
          parsed = parse(withEntry(minimal, path, value));
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
        if (parsed) expect(parse(JSON.parse(JSON.stringify(parsed)))).toEqual(parsed);
      }),
    );
  });
});

test('a batch and a whole step are bounded each in its own words', () => {
  const parse = (text: object) => () => parseRecipe({ name: 'large', text }, 'large.json');
  expect(parse({ batchSize: 2048, contextLength: 2048, accumulate: 8 })).not.toThrow();
  expect(parse({ batchSize: 2 ** 14, contextLength: 2048 })).toThrow(
    'large.json: text: batchSize times contextLength is 33,554,432 tokens, too many at a time',
  );
  expect(parse({ batchSize: 2048, contextLength: 2048, accumulate: 32 })).toThrow(
    'large.json: text: a step of batchSize times accumulate times contextLength is 134,217,728 tokens',
  );
});
