import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../core/index.ts';
import { NCA_DEFAULTS } from '../worlds/nca/index.ts';
import { listStages, parseRecipe, type Recipe, recipeJsonSchema, startOf } from './recipe.ts';
import { REGISTRIES } from './registries.ts';

const minimal = {
  name: 'x',
  data: { kind: 'copy' },
  stages: { one: {}, source: { data: { kind: 'nca' } }, text: { data: { kind: 'text' } } },
};
const parse = (value: unknown) => parseRecipe(value, 'my.json', REGISTRIES);
const parseStages = (stages: object, others: object = {}) =>
  parse({ name: 'x', data: { kind: 'copy' }, ...others, stages });

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
    algorithm: { kind: 'next-token', truncate: null, checkpointEvery: null, learnInitial: true },
    steps: 200,
    evaluateEvery: 50,
    optimizer: {
      kind: 'adamw',
      learningRate: 1e-3,
      betas: [0.9, 0.95],
      epsilon: 1e-8,
      weightDecay: 0,
      decay: 'matrices',
      clipNorm: 1,
      schedule: { kind: 'cosine', warmup: 0.1, final: 0.05 },
    },
  };
  const sizes = { contextLength: null, batchSize: 16, accumulate: 1, heldOutSequences: 64 };

  test('fill in everything but the name and the kinds of data', () => {
    const { sequenceLength: _, ...nca } = NCA_DEFAULTS;
    const { data: __, ...recipe } = minimal;
    expect(parse({ ...recipe, stages: { ...recipe.stages, one: null } })).toEqual({
      format: 2,
      name: 'x',
      description: '',
      seed: 0,
      plugins: [],
      model: { kind: 'llama', size: 'nano' },
      ...sizes,
      stages: {
        source: { data: { kind: 'nca', drawOn: 'host', ...nca }, ...training },
        text: {
          data: {
            kind: 'text',
            corpus: { files: [], field: 'text', column: 'text' },
            tokenizer: { kind: 'byte' },
            validationFraction: 0.1,
            evaluationTokens: 32_768,
            skipBatches: 0,
            order: 'independent',
          },
          ...training,
        },
      },
      rollout: { sequences: 64 },
      checkpoint: { everySteps: 100, keepLast: 2 },
      engine: { device: 'cpu', threads: null, mesh: null, shard: false, precision: 'float32' },
    });
  });

  test('of what a stage begins with are filled in too', () => {
    const rest = { embeddingStd: 'source', weights: 'trained' };
    expect(parseStages({ a: {}, b: {} }).stages.b!.start).toBeUndefined();
    const start = (stage: object) => startOf(parseStages({ a: {}, b: stage }), 'b');
    const own = { data: { kind: 'parity' } };
    expect(start(own)).toEqual({ from: 'a', keep: 'body', ...rest });
    expect(start({ ...own, start: { keep: 'all' } })).toEqual({ from: 'a', keep: 'all', ...rest });
    expect(start({ start: null })).toBeNull();
    expect(startOf(parseStages({ a: {} }), 'a')).toBeNull();
    const named = parseStages({ a: { start: { from: './run' } } });
    expect(startOf(named, 'a')).toEqual({ from: './run', keep: 'body', ...rest });
  });

  test('carry everything over between stages of the same data, and no embedding between others', () => {
    const own = { data: { kind: 'parity' } };
    const keepOf = (stages: object, name: string) => startOf(parseStages(stages), name)?.keep;
    expect(keepOf({ a: {}, b: {} }, 'b')).toBe('all');
    expect(keepOf({ a: {}, b: { start: { freeze: { modules: ['mlp'] } } } }, 'b')).toBe('all');
    expect(keepOf({ a: {}, b: own, c: { start: { from: 'a' } } }, 'c')).toBe('all');
    expect(keepOf({ a: {}, b: { start: { keep: 'body' } } }, 'b')).toBe('body');
    expect(keepOf({ a: {}, b: own }, 'b')).toBe('body');
    expect(keepOf({ a: own, b: {} }, 'b')).toBe('body');
    // Data of a stage's own may be drawn otherwise even where they are written alike.
    expect(keepOf({ a: own, b: own }, 'b')).toBe('body');
    expect(keepOf({ a: {}, b: { start: { from: './run' } } }, 'b')).toBe('body');
    const written = parseStages({ a: {}, b: { start: { embeddingStd: 1 } } });
    expect(written.stages.b!.start).toMatchObject({ keep: 'all' });
  });

  test('a null removes a stage, and a parsed recipe parses to itself', () => {
    expect(Object.keys(parseStages({ a: {}, b: null, c: {} }).stages)).toEqual(['a', 'c']);
    const once = parse(minimal);
    expect(parse(JSON.parse(JSON.stringify(once)))).toEqual(once);
  });

  test('are filled in by a schema that is built once for some registries', () => {
    const reads: string[] = [];
    const counted = () =>
      new Proxy(REGISTRIES, {
        get: (target, key: keyof typeof REGISTRIES) => {
          reads.push(key);
          return target[key];
        },
      });
    const registries = counted();
    parseRecipe(minimal, 'my.json', registries);
    const built = reads.length;
    parseRecipe(minimal, 'my.json', registries);
    expect([built > 0, reads.length]).toEqual([true, built]);
    parseRecipe(minimal, 'my.json', counted());
    expect(reads.length).toBe(2 * built);
  });

  test('of one parse are not those of another', () => {
    const first = parse(minimal) as unknown as {
      stages: { text: { optimizer: { betas: number[] } } };
    };
    first.stages.text.optimizer.betas[0] = 0;
    expect(parse(minimal).stages.text!.optimizer.betas).toEqual([0.9, 0.95]);
  });
});

describe('a stage', () => {
  test('takes what it does not say itself from the run, in the order of keys', () => {
    const own = { contextLength: 9, batchSize: 8, accumulate: 2, heldOutSequences: 6 };
    const data = { kind: 'parity' };
    const [plain, other] = listStages(
      parseStages({ b: {}, a: { data, ...own } }, { batchSize: 4, contextLength: 7 }),
    );
    expect(plain).toMatchObject({
      name: 'b',
      sharesData: true,
      data: { kind: 'copy' },
      contextLength: 7,
      batchSize: 4,
      accumulate: 1,
      heldOutSequences: 64,
    });
    expect(other).toMatchObject({ ...own, name: 'a', sharesData: false, data });
  });

  test('takes the requirement of the run, or its own', () => {
    const stages = { a: {}, b: {}, c: { requireGate: 'statistics' } };
    const required = listStages(parseStages(stages, { requireGate: 'dynamics' }));
    expect(required.map(({ requireGate }) => requireGate)).toEqual([
      'dynamics',
      'dynamics',
      'statistics',
    ]);
  });

  test.each<[string, object, object, string]>([
    ['data', { a: {} }, { data: null }, 'stages.a has no data (give it some, or the recipe'],
    [
      'a stream of data that it shares',
      { a: { stream: 'q' } },
      {},
      "stages.a.stream has no effect if the data are the run's",
    ],
    [
      'a start of its own name',
      { a: { start: { from: 'a' } } },
      {},
      "stages.a.start.from: the stage 'a' comes later",
    ],
    [
      'a start that comes later',
      { a: { start: { from: 'b' } }, b: {} },
      {},
      "stages.a.start.from: the stage 'b' comes later (a stage starts from an earlier one)",
    ],
    [
      'a requirement on nothing',
      { a: { requireGate: 'dynamics' } },
      {},
      'stages.a.requireGate has no effect if the stage starts from scratch',
    ],
    [
      'a requirement on nothing, after another',
      { a: {}, b: { start: null, requireGate: 'dynamics' } },
      {},
      'stages.b.requireGate has no effect if the stage starts from scratch',
    ],
    [
      'a requirement of the run on nothing',
      { a: {}, b: { start: null } },
      { requireGate: 'dynamics' },
      'requireGate has no effect if all stages start from scratch',
    ],
    ['a name without its place', { 10: {}, 2: {} }, {}, 'a name needs a letter'],
    ['the name of what stages share', { shared: { data: { kind: 'copy' } } }, {}, 'stages.shared:'],
    ['a bad name', { 'a b': {} }, {}, 'stages.a b: a bad name: letters, digits'],
    [
      'the name of a half-written folder',
      { 'a.tmp-12': {} },
      {},
      'stages.a.tmp-12: a bad name: folders that end like this are taken for half-written ones',
    ],
    [
      'two names that differ by capitals',
      { text: {}, Text: {} },
      {},
      "stages: 'text' and 'Text' would share a folder on file systems that ignore case (give one",
    ],
    ['that name in capitals', { Shared: { data: { kind: 'copy' } } }, {}, 'stages.Shared:'],
  ])('is refused for %s', (_, stages, others, message) => {
    expect(fault({ name: 'x', data: { kind: 'copy' }, ...others, stages })).toContain(message);
  });
});

type JsonSchema = {
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
};

type Place = {
  readonly path: readonly string[];
  /** The kinds of what lies on the path, from the recipe itself to the object. */
  readonly kinds: readonly unknown[];
  readonly keys: string[];
};

/** Every closed object of the schema: its path, what must be there, and the names of its keys. */
function listObjects(
  schema: JsonSchema,
  path: readonly string[] = [],
  above: readonly unknown[] = [],
): Place[] {
  const variants = [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])];
  if (variants.length > 0) return variants.flatMap((one) => listObjects(one, path, above));
  const { properties, additionalProperties: others } = schema;
  if (typeof others === 'object' && !properties) {
    // A record: stages by name.
    return listObjects(others, [...path, 'one'], [...above, undefined]);
  }
  if (!properties || others !== false) return [];
  const kinds = [...above, properties.kind?.const];
  const own = { path, kinds, keys: Object.keys(properties) };
  const children = Object.entries(properties);
  return [own, ...children.flatMap(([key, child]) => listObjects(child, [...path, key], kinds))];
}

const objects = listObjects(recipeJsonSchema(REGISTRIES) as JsonSchema);

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
  const isSelection = path.at(-1) === 'keep' || path.at(-1) === 'freeze';
  return {
    ...(path.length === 0 ? minimal : {}),
    ...(kind === undefined ? {} : { kind, ...NEEDED[kind as string] }),
    ...(isSelection ? KEPT : {}),
  };
}

describe('a misspelled key', () => {
  test('has places at every level', () => {
    expect(objects.length).toBeGreaterThan(60);
    const paths = objects.map(({ path }) => path.join('.'));
    expect(paths).toContain('stages.one.optimizer.schedule');
    expect(paths).toContain('stages.one.start.keep');
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
      const misspelled = `${key.slice(0, -2)}${key.at(-1)}${key.at(-2)}`;
      if (keys.includes(misspelled)) continue;
      const object = { ...objectAt(path, kind), [misspelled]: 1 };
      const message = fault(withEntry(base, path, object));
      expect(message).toContain('my.json: ');
      expect(message).toContain(`unknown key '${misspelled}'`);
      if (path.length > 0) expect(message).toContain(` in ${path.join('.')} `);
      expect(message).toContain(`(did you mean '${key}'?)`);
    }
  });

  test('that is a key of another kind is not offered itself', () => {
    const schedule = { kind: 'constant', final: 0.1 };
    const path = ['stages', 'text', 'optimizer', 'schedule'];
    expect(fault(withEntry(minimal, path, schedule))).toBe(
      "my.json: unknown key 'final' in stages.text.optimizer.schedule (known here: kind, warmup)",
    );
    const none = { kind: 'none', low: 1 };
    expect(fault(withEntry(minimal, ['stages', 'source', 'data', 'band'], none))).toContain(
      '(known here: kind)',
    );
  });

  test('like no other lists what there is', () => {
    expect(fault({ ...minimal, zebra: 1 })).toBe(
      "my.json: unknown key 'zebra' (known here: $schema, format, name, description, seed, plugins, model, data, contextLength, batchSize, accumulate, heldOutSequences, stages, requireGate, rollout, checkpoint, engine)",
    );
  });
});

describe('a wrong value', () => {
  test.each<[string, unknown, string]>([
    ['format', 1, 'expected 2'],
    ['seed', 'x', 'expected number'],
    ['seed', 1.5, 'expected int'],
    ['seed', -1, '>=0'],
    ['name', 7, 'expected string'],
    ['name', 'a/b', 'letters, digits'],
    ['name', '', 'letters, digits'],
    ['plugins', 'a.js', 'expected array'],
    ['model', 3, 'expected object'],
    ['model.kind', 'lama', "did you mean 'llama'?"],
    ['model.size', 'huge', '"nano"'],
    ['model.tieEmbeddings', 'yes', 'expected boolean'],
    ['model.attentionDropout', 1, '<1'],
    ['data.kind', 'none', 'there are: nca, '],
    ['batchSize', 0, '>0'],
    ['accumulate', 0, '>0'],
    ['contextLength', 'long', 'expected number'],
    ['rollout.length', 0, '>0'],
    ['rollout.sequences', 0, '>0'],
    ['requireGate', 'all', '"dynamics"'],
    ['stages', null, 'expected record'],
    ['stages.one', 3, 'expected object'],
    ['stages.one.algorithm.kind', 'smtt', "did you mean 'smt'?"],
    ['stages.one.optimizer.kind', 'sgd', 'there are: adamw'],
    ['stages.source.steps', 0, '>0'],
    ['stages.source.steps', 'many', 'expected number'],
    ['stages.source.heldOutSequences', 1, '>=2'],
    ['stages.source.data', {}, 'nca'],
    ['stages.source.data.rules', 'many', 'expected "fresh"; or Invalid input: expected number'],
    ['stages.source.data.band.kind', 'some', "did you mean 'none'?"],
    ['stages.source.data.channelPadding', 'zero', '"wrap"|"spatial"'],
    ['stages.text.optimizer.betas', [0.9], 'betas'],
    ['stages.text.optimizer.betas', [0.9, 1], '<1'],
    ['stages.text.optimizer.learningRate', 0, '>0'],
    ['stages.text.optimizer.schedule', { kind: 'linear' }, 'constant, cosine'],
    [
      'stages.text.optimizer.schedule',
      { kind: 'warmup-stable-decay', warmup: 0.6, decay: 0.6 },
      'warmup and decay together exceed 1',
    ],
    ['stages.text.data.corpus.files', 'a.txt', 'expected array'],
    ['stages.text.data.corpus.files', [3], 'files.0'],
    ['stages.text.data.validationFraction', 1, '<1'],
    ['stages.text.data.tokenizer', { kind: 'file' }, 'tokenizer.path'],
    ['stages.text.start.keep', 'some', 'expected "all"; or Invalid input: expected "body"; or'],
    ['stages.text.start.keep.modules', ['heads'], 'modules.0'],
    [
      'stages.text.start.keep',
      { modules: ['key'], layers: [2, 1] },
      'the first layer comes after the last',
    ],
    ['stages.text.start.freeze.modules', ['heads'], 'modules.0'],
    ['stages.text.start.embeddingStd', 'target', 'expected number, received string; or'],
    ['stages.text.start.weights', 'mixed', '"trained"'],
    ['stages.text.requireGate', 'all', '"dynamics"'],
    ['engine.device', 'tpu', '"cpu"|"webgpu"|"cuda"'],
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
    expect(fault({ name: 'x' })).toContain('my.json: the recipe has no stage (give one at least');
    expect(fault({ name: 'x', stages: { a: null } })).toContain('the recipe has no stage');
  });

  test.each(['source', 'text', 'transfer', 'task', 'smt', 'dmt', 'bptt'])(
    'a recipe of before, with %s, is told so in a sentence',
    (key) => {
      expect(fault({ name: 'x', [key]: {} })).toBe(
        `my.json: '${key}' is a key of recipes before format 2 (a recipe has a model and stages now: see docs/recipes.md; older runs can be read, but not resumed)`,
      );
    },
  );

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
  const parse = (stage: object) => () =>
    parseRecipe(
      { name: 'large', stages: { text: { data: { kind: 'text' }, ...stage } } },
      'r',
      REGISTRIES,
    );
  expect(parse({ batchSize: 2 ** 14, contextLength: 2048, accumulate: 8 })).not.toThrow();
  expect(parse({ batchSize: 2 ** 14, contextLength: 2048 })).toThrow(
    'r: stages.text: batchSize times contextLength is 33,554,432 tokens, too many at a time',
  );
  expect(parse({ batchSize: 2 ** 16, contextLength: 2048, accumulate: 32 })).toThrow(
    'r: stages.text: a step of batchSize times accumulate times contextLength is 134,217,728 tokens',
  );
});
