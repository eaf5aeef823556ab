// Every token of a text once, and bits per byte.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ArraySpec, keyFromSeed, type ParamSpec } from '../core/index.ts';
import {
  createLlama,
  deriveLlamaConfig,
  initLlama,
  type LlamaParams,
  llamaSpecs,
} from '../nn/index.ts';
import { type Device, type DeviceState, openDevice } from '../tensor/index.ts';
import { createByteTokenizer } from '../text/index.ts';
import { evaluateText } from './evaluate-text.ts';
import { type Evaluator, evaluateTokens, openEvaluator } from './perplexity.ts';

const tokenizer = createByteTokenizer();
const { endOfText } = tokenizer;
const CONTEXT = 4;
const config = deriveLlamaConfig(
  { hiddenSize: 16, heads: 2, layers: 1, intermediateSize: 24, embeddingStd: 1 },
  { vocabSize: tokenizer.vocabSize, contextLength: CONTEXT },
);

const model = createLlama(config);

let device: Device;
let params: DeviceState<LlamaParams<ArraySpec>>;
let evaluator: Evaluator<LlamaParams<ParamSpec>>;
beforeAll(async () => {
  device = openDevice({ threads: 1 });
  params = await device.createState<LlamaParams<ArraySpec>>(initLlama(config, keyFromSeed(2)));
  evaluator = await openEvaluator(device, model, { batchSize: 3, contextLength: CONTEXT });
});
afterAll(() => device.close());

/** Total nats of a document: windows one by one, unpadded. */
async function totalNats(document: string): Promise<number> {
  const tokens = tokenizer.encode(document);
  const inputs = Int32Array.of(endOfText, ...tokens.subarray(0, -1));
  let nats = 0;
  for (let start = 0; start < tokens.length; start += CONTEXT) {
    const window = (ids: Int32Array) => ids.slice(start, start + CONTEXT);
    const batch = { inputs: window(inputs), targets: window(tokens) };
    const contextLength = batch.inputs.length;
    const found = await evaluateTokens(device, model, params, [batch], {
      batchSize: 1,
      contextLength,
    });
    nats += found.loss * found.tokens;
  }
  return nats;
}

describe('evaluateText', () => {
  it.each([
    ['shorter than a window', ['abc']],
    ['one window', ['abcd']],
    ['a window and a token', ['abcde']],
    ['several documents over several batches', ['a', 'the quick brown fox', '', 'jumps', 'é→🙂']],
    ['a batch filled to its end', ['abcd', 'efgh', 'ij']],
  ])('predicts every token once: %s', async (_, documents) => {
    const found = await evaluateText(evaluator, params, tokenizer, documents);
    const bytes = documents.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    let nats = 0;
    for (const document of documents) nats += await totalNats(document);
    expect(found.bytes).toBe(bytes);
    expect(found.tokens).toBe(bytes);
    expect(found.loss).toBeCloseTo(nats / bytes, 5);
    expect(found.perplexity).toBeCloseTo(Math.exp(found.loss), 6);
    // A token is a byte here.
    expect(found.bitsPerByte).toBeCloseTo(found.loss / Math.LN2, 12);
  });

  it('counts bytes, not characters or tokens', async () => {
    const zeros = await device.createState<LlamaParams<ArraySpec>>(llamaSpecs(config));
    // Twice as many bytes as tokens: every pair of letters is a token.
    const pairs = {
      ...tokenizer,
      encode: (text: string) => Int32Array.from(text.match(/../gs) ?? [], (p) => p.charCodeAt(0)),
    };
    const found = await evaluateText(evaluator, zeros, pairs, ['abcdef']);
    expect(found).toMatchObject({ tokens: 3, bytes: 6 });
    expect(found.loss).toBeCloseTo(Math.log(257), 5);
    expect(found.bitsPerByte).toBeCloseTo(Math.log2(257) / 2, 5);
  });

  it('does not depend on the batch size', async () => {
    const documents = ['one two three four', 'five', 'six seven eight'];
    const found = await evaluateText(evaluator, params, tokenizer, documents);
    const single = await openEvaluator(device, model, { batchSize: 1 });
    const again = await evaluateText(single, params, tokenizer, documents);
    expect(again.tokens).toBe(found.tokens);
    expect(again.loss).toBeCloseTo(found.loss, 6);
  });

  it('tells before each batch how much is evaluated, and at the end that all is', async () => {
    const told: number[] = [];
    const onProgress = (bytes: number) => told.push(bytes);
    // Windows of four bytes, three in a batch; the second document is read when the first is through.
    const documents = ['a'.repeat(30), 'b'.repeat(6)];
    await evaluateText(evaluator, params, tokenizer, documents, { onProgress });
    expect(told).toEqual([0, 12, 24, 34, 36]);
  });

  it.each([[[]], [['']], [['', '']]])('refuses an empty text: %o', async (documents) => {
    await expect(evaluateText(evaluator, params, tokenizer, documents)).rejects.toThrow(
      expect.objectContaining({ name: 'UserError', message: expect.stringContaining('empty') }),
    );
  });

  it('refuses an evaluator that skips positions, and ids that the model does not have', async () => {
    const skipping = await openEvaluator(device, model, { batchSize: 1, firstPosition: 1 });
    await expect(evaluateText(skipping, params, tokenizer, ['abc'])).rejects.toThrow('positions');
    const foreign = { ...tokenizer, encode: () => Int32Array.of(1, 257) };
    await expect(evaluateText(evaluator, params, foreign, ['abc'])).rejects.toThrow(
      expect.objectContaining({ hint: expect.stringContaining('tokenizer') }),
    );
  });
});
