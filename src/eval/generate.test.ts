// Generation against a forward pass over the window that the model should see at each token.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ArraySpec,
  arrayOf,
  foldIn,
  initParams,
  keyFromSeed,
  type ParamSpec,
  spec,
} from '../core/index.ts';
import {
  createLlama,
  createModel,
  deriveLlamaConfig,
  initLlama,
  type LlamaParams,
  llamaHidden,
  llamaSpecs,
  MODELS,
  type Model,
  readout,
} from '../nn/index.ts';
import { type Device, type DeviceState, gatherRows, matmul, openDevice } from '../tensor/index.ts';
import { type GenerateOptions, openGenerator, type TokenGenerator } from './generate.ts';
import { sampleToken } from './sampling.ts';

const CONTEXT = 6;
const config = deriveLlamaConfig(
  { hiddenSize: 16, heads: 2, layers: 2, intermediateSize: 24, embeddingStd: 0.1 },
  { vocabSize: 13, contextLength: CONTEXT },
);

/** Parameters of a model that looks back: attention outweighs the token's own embedding, and logits are steep. */
function contextualParams(seed: number): LlamaParams<ArraySpec> {
  const params = initLlama(config, keyFromSeed(seed));
  const { weight } = params.lm_head!;
  const steep = (weight.data as Float32Array).map((x) => 10 * x);
  return { ...params, lm_head: { weight: { ...weight, data: steep } as ArraySpec } };
}

let device: Device;
let params: DeviceState<LlamaParams<ArraySpec>>;
let generator: TokenGenerator;
let nextLogits: (window: readonly number[]) => Promise<Float32Array>;

beforeAll(async () => {
  device = openDevice({ threads: 1 });
  params = await device.createState(contextualParams(2));
  generator = await openGenerator(device, createLlama(config), params);
  const program = await device.compile({
    states: { params: llamaSpecs(config) },
    inputs: { tokens: spec('int32', [1, CONTEXT]) },
    build: (states, { tokens }) => {
      const hidden = llamaHidden(states.params, config, tokens);
      return { outputs: { logits: matmul(hidden, readout(states.params), { transposeB: true }) } };
    },
  });
  nextLogits = async (window) => {
    const padded = [...window, ...new Array<number>(CONTEXT - window.length).fill(0)];
    const { logits } = await program
      .run({ params }, { tokens: arrayOf('int32', [1, CONTEXT], padded) })
      .read();
    const at = window.length - 1;
    return (logits.data as Float32Array).subarray(
      at * config.vocabSize,
      (at + 1) * config.vocabSize,
    );
  };
});
afterAll(() => device.close());

const PROMPT = Int32Array.of(3, 1, 4);
const generate = (options: Partial<GenerateOptions> = {}) =>
  generator.generate({ prompt: PROMPT, maxTokens: 20, temperature: 1, seed: 7, ...options });

describe('generate', () => {
  it.each([0, 1])(
    'continues over the end of the context at temperature %d',
    async (temperature) => {
      const made = Array.from(await generate({ temperature }));
      expect(made).toHaveLength(20);
      const key = foldIn(keyFromSeed(7), 'generate');
      let window = Array.from(PROMPT);
      for (const [i, token] of made.entries()) {
        if (window.length > CONTEXT) window = window.slice(CONTEXT / 2);
        expect(sampleToken(await nextLogits(window), { temperature }, foldIn(key, i))).toBe(token);
        window.push(token);
      }
    },
  );

  it('reads the end of a prompt that is longer than the context', async () => {
    const prompt = Int32Array.from({ length: 3 * CONTEXT }, (_, i) => (5 * i) % 13);
    const made = await generate({ prompt });
    expect(made).toEqual(await generate({ prompt: prompt.slice(-CONTEXT) }));
    expect(made).not.toEqual(await generate({ prompt: prompt.slice(-CONTEXT + 3) }));
  });

  it('depends on the seed alone, and not on how much is asked for', async () => {
    const made = await generate();
    expect(await generate()).toEqual(made);
    expect(await generate({ maxTokens: 8 })).toEqual(made.slice(0, 8));
    expect(await generate({ seed: 8 })).not.toEqual(made);
    expect(await generate({ key: foldIn(keyFromSeed(7), 'generate'), seed: 8 })).toEqual(made);
    expect(await generate({ maxTokens: 0 })).toHaveLength(0);
  });

  it('runs several generations at once', async () => {
    const prompts = [PROMPT, Int32Array.of(9), Int32Array.of(2, 2, 2, 2, 2)];
    const apart = [];
    for (const prompt of prompts) apart.push(await generate({ prompt }));
    expect(await Promise.all(prompts.map((prompt) => generate({ prompt })))).toEqual(apart);
  });

  it('starts from the start token where there is no prompt', async () => {
    const empty = await generate({ prompt: new Int32Array(), startToken: 12 });
    expect(empty).toEqual(await generate({ prompt: Int32Array.of(12) }));
  });

  it('ends before the stop token, and tells of each token in order', async () => {
    const all = Array.from(await generate());
    const stopToken = all.find((token, i) => i > 3 && !all.slice(0, i).includes(token))!;
    const told: number[] = [];
    const made = await generate({ stopToken, onToken: (token) => told.push(token) });
    expect(Array.from(made)).toEqual(all.slice(0, all.indexOf(stopToken)));
    expect(told).toEqual(Array.from(made));
  });

  it('ends with the error of onToken, and can be used again', async () => {
    const onToken = () => {
      throw new Error('enough');
    };
    await expect(generate({ onToken })).rejects.toThrow('enough');
    expect(await generate({ maxTokens: 2 })).toHaveLength(2);
  });

  it('samples with parameters as they are now', async () => {
    const other = await device.createState(contextualParams(3));
    const changed = await openGenerator(device, createLlama(config), other);
    const options = { prompt: PROMPT, maxTokens: 20, temperature: 1, seed: 7 };
    expect(await changed.generate(options)).not.toEqual(await generate());
    await changed.close();
    await expect(changed.generate(options)).rejects.toThrow('closed');
    await other.drop();
  });

  it('takes the memory of the tokens asked for, whatever context the model has', async () => {
    const wide = { ...config, contextLength: 1_000_000 };
    const short = await openGenerator(device, createLlama(wide), params, { contextLength: 6 });
    const long = await openGenerator(device, createLlama(wide), params, { contextLength: 9 });
    const options = { prompt: PROMPT, maxTokens: 3, temperature: 1, seed: 7 };
    expect(await short.generate(options)).toEqual(await long.generate(options));
    await Promise.all([short.close(), long.close()]);
    const vast = { ...config, layers: 4, contextLength: 2 ** 24 };
    await expect(openGenerator(device, createLlama(vast), params)).rejects.toThrow(
      'the state of 16,777,216 tokens takes 8.0 GiB',
    );
  });

  it('names a number of tokens that fit, where a state is too large', async () => {
    // 32 KiB per token, and 4 bytes whatever the capacity.
    const wide: Model<LlamaParams<ParamSpec>, { position: ArraySpec; rows: ArraySpec }> = {
      ...createLlama(config),
      contextLength: 2 ** 24,
      stepping: {
        growth: 'context',
        specs: ({ capacity }) => ({
          position: spec('int32', []),
          rows: spec('float32', [capacity, 2 ** 13]),
        }),
        step: ({ model }, state, token) => ({
          hidden: gatherRows(model.embed_tokens.weight, token),
          state,
        }),
      },
    };
    const { hint } = await openGenerator(device, wide, params).catch((error) => error);
    const most = Number(/ask for fewer tokens: ([\d,]+) fit/.exec(hint)![1]!.replaceAll(',', ''));
    const open = (contextLength: number) => openGenerator(device, wide, params, { contextLength });
    await expect(open(most + 1)).rejects.toThrow('GiB');
    await (await open(most)).close();
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses a contextLength of %d', async (contextLength) => {
    await expect(
      openGenerator(device, createLlama(config), params, { contextLength }),
    ).rejects.toThrow(`contextLength must be a whole number, 1 or more, got ${contextLength}`);
  });

  it('refuses a model without a step', async () => {
    const { stepping: _, ...model } = createLlama(config);
    await expect(openGenerator(device, model, params)).rejects.toThrow(
      'a model of kind llama cannot generate: it has no step',
    );
  });

  it('a state of constant size forgets nothing, whatever contextLength says', async () => {
    const options = { hiddenSize: 8, memoryTokens: 2, decoderLayers: 1, embeddingStd: 3 };
    const gru = createModel(MODELS, 'gru', options, { vocabSize: 13, contextLength: CONTEXT });
    const own = await device.createState(initParams(gru.params, keyFromSeed(4)));
    const make = async (contextLength?: number) => {
      const opened = await openGenerator(device, gru, own, { contextLength });
      const made = await opened.generate({
        prompt: PROMPT,
        maxTokens: 20,
        temperature: 1,
        seed: 7,
      });
      await opened.close();
      return made;
    };
    expect(await make(2)).toEqual(await make());
    await own.drop();
  });

  it('slides a context of one token', async () => {
    const tiny = { ...config, contextLength: 1 };
    const single = await openGenerator(device, createLlama(tiny), params);
    const made = await single.generate({ prompt: PROMPT, maxTokens: 5, temperature: 0, seed: 0 });
    let last = PROMPT.at(-1)!;
    for (const token of made) {
      expect(sampleToken(await nextLogits([last]), { temperature: 0 }, [0, 0])).toBe(token);
      last = token;
    }
    expect(made).toHaveLength(5);
    await single.close();
  });

  it.each([
    [{ prompt: new Int32Array() }, 'startToken'],
    [{ prompt: Int32Array.of(1, 13) }, 'token 1 is 13'],
    [{ prompt: Int32Array.of(-1) }, 'token 0 is -1'],
    [{ prompt: new Int32Array(), startToken: 13 }, 'startToken'],
    [{ maxTokens: -1 }, 'maxTokens'],
    [{ maxTokens: 1.5 }, 'maxTokens'],
    [{ seed: 0.5 }, 'seed'],
    [{ temperature: -1 }, 'temperature'],
    [{ topP: 2 }, 'topP'],
  ])('refuses %o', async (options, named) => {
    await expect(generate(options)).rejects.toThrow(
      expect.objectContaining({ name: 'UserError', message: expect.stringContaining(named) }),
    );
  });
});
