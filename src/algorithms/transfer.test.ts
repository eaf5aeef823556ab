import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withBiases } from '../../test/support/random-biases.ts';
import {
  flattenTree,
  initParams,
  isNdArray,
  isParamSpec,
  keyFromSeed,
  type NdArray,
  type ParamSpec,
  type Tree,
} from '../core/index.ts';
import {
  createLlama,
  createModel,
  deriveLlamaConfig,
  initLlama,
  type LlamaConfig,
  type LlamaParams,
  llamaSpecs,
  MODELS,
} from '../nn/index.ts';
import {
  checkTransfer,
  isSelected,
  MODULES,
  type ModuleName,
  type ModuleSelection,
  type TransferOptions,
  transferParams,
} from './transfer.ts';

const SIZES = { hiddenSize: 8, layers: 3, heads: 2, kvHeads: 1, intermediateSize: 12 };
const sourceConfig = deriveLlamaConfig(SIZES, { vocabSize: 11, contextLength: 8 });
const targetConfig = deriveLlamaConfig(SIZES, { vocabSize: 7, contextLength: 8 });
const twinConfig = { ...sourceConfig };
const source = initLlama({ ...sourceConfig, embeddingStd: 0.05 }, keyFromSeed(1));
const key = keyFromSeed(2);

const leaves = (params: LlamaParams<NdArray>) => new Map(flattenTree<NdArray>(params, isNdArray));
const paramsOf = (config: LlamaConfig) =>
  new Map(flattenTree<ParamSpec>(llamaSpecs(config), isParamSpec));
const transfer = (from: LlamaParams<NdArray>, config: LlamaConfig, options: TransferOptions) =>
  transferParams(from as unknown as Tree<NdArray>, llamaSpecs(config), key, options);
const spread = ({ data }: NdArray) =>
  Math.sqrt(Array.from(data, Number).reduce((sum, x) => sum + x * x, 0) / data.length);

// Norms start at one in every model: give the source others, so that a copy can be told.
for (const [path, { data }] of leaves(source)) {
  if (path.includes('norm'))
    (data as Float32Array).forEach((_, i) => {
      (data as Float32Array)[i] = 1 + i / 10;
    });
}

const inLayers = (names: readonly string[]) =>
  [0, 1, 2].flatMap((layer) => names.map((name) => `model.layers.${layer}.${name}.weight`));
const EXPECTED: Record<ModuleName, readonly string[]> = {
  embedding: ['model.embed_tokens.weight'],
  head: ['lm_head.weight'],
  attention: inLayers(['q_proj', 'k_proj', 'v_proj', 'o_proj'].map((x) => `self_attn.${x}`)),
  query: inLayers(['self_attn.q_proj']),
  key: inLayers(['self_attn.k_proj']),
  value: inLayers(['self_attn.v_proj']),
  output: inLayers(['self_attn.o_proj']),
  mlp: inLayers(['mlp.gate_proj', 'mlp.up_proj', 'mlp.down_proj']),
  norms: [...inLayers(['input_layernorm', 'post_attention_layernorm']), 'model.norm.weight'],
  memory: [],
};

/** Paths whose values are the source's, after everything else was found equal to a fresh model. */
function carried(keep: ModuleSelection, config = twinConfig): string[] {
  const embeddingStd = config.embeddingStd;
  const result = leaves(transfer(source, config, { keep, embeddingStd }));
  const fresh = leaves(initLlama(config, key));
  const known = leaves(source);
  return [...result].flatMap(([path, value]) => {
    if (known.get(path)!.data === value.data) return [path];
    expect(value, path).toEqual(fresh.get(path));
    return [];
  });
}

describe('transferParams', () => {
  test.each(MODULES)('%s carries its parameters over, and no other', (module) => {
    expect(carried({ modules: [module] }).sort()).toEqual([...EXPECTED[module]].sort());
  });

  test.each(MODULES)('%s in a range of layers leaves the other layers anew', (module) => {
    for (const layers of [
      [0, 0],
      [1, 2],
    ] as const) {
      const expected = EXPECTED[module].filter((path) => {
        const layer = /layers\.(\d)/.exec(path)?.[1];
        return layer === undefined || (Number(layer) >= layers[0] && Number(layer) <= layers[1]);
      });
      expect(carried({ modules: [module], layers }).sort()).toEqual([...expected].sort());
    }
  });

  test('nothing named carries nothing over', () => {
    expect(carried({ modules: [] })).toEqual([]);
  });

  test('all modules together are the whole model, attention its four parts', () => {
    const specs = paramsOf(twinConfig);
    const everything = [...specs.keys()];
    expect(carried({ modules: MODULES }).sort()).toEqual(everything.sort());
    fc.assert(
      fc.property(fc.subarray([...MODULES]), (modules) => {
        const union = new Set(modules.flatMap((module) => EXPECTED[module]));
        for (const [path, spec] of specs) {
          expect(isSelected({ modules }, spec)).toBe(union.has(path));
        }
      }),
    );
    expect(new Set(Object.values(EXPECTED).flat()).size).toBe(everything.length);
    const parts: ModuleName[] = ['query', 'key', 'value', 'output'];
    expect(parts.flatMap((part) => EXPECTED[part]).sort()).toEqual([...EXPECTED.attention].sort());
  });

  test("a new embedding has the asked scale, or the source's, in the same directions", () => {
    const keep = { modules: ['attention', 'mlp', 'norms'] } as const;
    const fresh = leaves(initLlama(targetConfig, key));
    const plain = fresh.get('model.embed_tokens.weight')!;
    const scale = (embeddingStd: number | 'source') => {
      const params = transfer(source, targetConfig, { keep, embeddingStd });
      const embedding = params.model.embed_tokens.weight;
      expect(embedding.shape).toEqual([7, 8]);
      // The read-out is what a scratch model of this key has, whatever the embedding's scale.
      expect(params.lm_head!.weight).toEqual(fresh.get('lm_head.weight'));
      const ratio = Number(embedding.data[0]) / Number(plain.data[0]);
      embedding.data.forEach((x, i) => {
        expect(Number(x) / Number(plain.data[i])).toBeCloseTo(ratio, 4);
      });
      return ratio * targetConfig.embeddingStd;
    };
    expect(scale(1)).toBeCloseTo(1, 5);
    expect(scale(0.5)).toBeCloseTo(0.5, 5);
    expect(scale('source')).toBeCloseTo(spread(source.model.embed_tokens.weight), 5);
  });

  test('what it leaves out is what a scratch arm of the same key begins with', () => {
    const keep = { modules: ['query', 'key'] } as const;
    const arm = leaves(transfer(source, targetConfig, { keep, embeddingStd: 0.02 }));
    const scratch = leaves(initLlama(targetConfig, key));
    for (const [path, spec] of paramsOf(targetConfig)) {
      if (!isSelected(keep, spec)) expect(arm.get(path), path).toEqual(scratch.get(path));
    }
  });

  test('refuses a parameter of another shape by name', () => {
    const keep = { modules: ['embedding'] } as const;
    expect(() => transfer(source, targetConfig, { keep, embeddingStd: 1 })).toThrow(
      "'model.embed_tokens.weight' is [11, 8] in the source model and [7, 8] in the target model",
    );
  });
});

describe('biases', () => {
  const biased = deriveLlamaConfig(
    { ...SIZES, attentionBias: 'qkvo', mlpBias: true },
    { vocabSize: 11, contextLength: 8 },
  );
  const trained = withBiases(initLlama(biased, keyFromSeed(3)));

  test.each<[ModuleName, readonly string[]]>([
    ['query', ['q_proj']],
    ['attention', ['q_proj', 'k_proj', 'v_proj', 'o_proj']],
    ['mlp', ['gate_proj', 'up_proj', 'down_proj']],
    ['norms', []],
  ])('go with the projections of %s; others start at zero', (module, projections) => {
    const options = { keep: { modules: [module] }, embeddingStd: 1 } as const;
    const known = leaves(trained);
    for (const [path, value] of leaves(transfer(trained, biased, options))) {
      if (!path.endsWith('.bias')) continue;
      const isKept = projections.some((name) => path.includes(name));
      expect(value, path).toEqual(
        isKept ? known.get(path) : { ...value, data: new Float32Array(value.data.length) },
      );
    }
  });

  test('that one of the models lacks are refused', () => {
    const check = (from: typeof biased, to: typeof biased, module: ModuleName) =>
      checkTransfer(createLlama(from), createLlama(to), { keep: { modules: [module] } });
    check(biased, biased, 'attention');
    check(biased, sourceConfig, 'norms');
    const bias = "'model.layers.0.self_attn.q_proj.bias'";
    expect(() => check(biased, sourceConfig, 'query')).toThrow(
      `transfer: ${bias} of the source model is missing from the target model`,
    );
    expect(() => check(sourceConfig, biased, 'query')).toThrow(
      `transfer: ${bias} is absent in the source model and [8] in the target model`,
    );
    expect(() => check(biased, sourceConfig, 'mlp')).toThrow('gate_proj.bias');
  });
});

describe('checkTransfer', () => {
  const check = (keep: ModuleSelection, freeze?: ModuleSelection, target = targetConfig) =>
    checkTransfer(createLlama(sourceConfig), createLlama(target), { keep, freeze });
  const body: ModuleSelection = { modules: ['attention', 'mlp', 'norms'] };

  test('accepts what will work', () => {
    check(body, { modules: ['key'], layers: [0, 2] });
    check({ modules: [] });
    check({ modules: ['embedding', 'head'] }, undefined, sourceConfig);
  });

  test('refuses what would fail after the source stage, or do nothing', () => {
    expect(() => check({ modules: ['head'] })).toThrow(/lm_head.weight.*\[11, 8\].*\[7, 8\]/);
    expect(() => check({ ...body, layers: [1, 3] })).toThrow('keep.layers: there is no layer 3');
    expect(() => check(body, { ...body, layers: [9, 9] })).toThrow('freeze.layers');
    expect(() => check(body, { modules: MODULES })).toThrow('nothing is left to train');
    const tied = { ...targetConfig, tieEmbeddings: true };
    expect(() => check({ modules: ['head'] }, undefined, tied)).toThrow('the model has no head');
    const wide = deriveLlamaConfig({ ...SIZES, heads: 1 }, { vocabSize: 7, contextLength: 8 });
    const query: ModuleSelection = { modules: ['query'] };
    expect(() => check(query, undefined, wide)).toThrow('heads 4 wide, the target model 8');
    const deeper = { ...targetConfig, layers: 4 };
    expect(() => check(body, undefined, deeper)).toThrow(/layers\.3.*absent in the source/);
  });
});

describe('of a recurrent model', () => {
  const create = (options: object = {}, vocabSize = 11) =>
    createModel(
      MODELS,
      'gru',
      { hiddenSize: 8, heads: 2, memoryTokens: 2, decoderLayers: 2, ...options },
      { vocabSize, contextLength: 8 },
    );
  const trained = initParams(create().params, keyFromSeed(1)) as Tree<NdArray>;

  test('the cell and the initial state are carried over to another vocabulary', () => {
    const keep: ModuleSelection = { modules: ['attention', 'memory'] };
    const target = create({}, 7);
    checkTransfer(create(), target, { keep });
    const known = new Map(flattenTree<NdArray>(trained, isNdArray));
    const made = transferParams(trained, target.params, key, { keep, embeddingStd: 1 });
    const kept = flattenTree<NdArray>(made as Tree<NdArray>, isNdArray).flatMap(([path, value]) =>
      known.get(path)?.data === value.data ? [path] : [],
    );
    expect(kept).toContain('initial');
    expect(kept).toContain('cell.fromState.weight');
    expect(kept.filter((path) => /embedding|head|norm|mlp/.test(path))).toEqual([]);
  });

  test('heads of another width, and layers that are not there, are refused', () => {
    const keep: ModuleSelection = { modules: ['attention'] };
    expect(() => checkTransfer(create(), create({ heads: 1 }), { keep })).toThrow(
      'heads 4 wide, the target model 8',
    );
    const layers = { ...keep, layers: [0, 2] } as const;
    expect(() => checkTransfer(create(), create(), { keep: layers })).toThrow(
      'there is no layer 2',
    );
  });
});
