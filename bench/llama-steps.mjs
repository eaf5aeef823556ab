// Training steps of Llama decoders that benchmarks time: their shapes, their batches, and how they are learned.
import { arrayOf, foldIn, keyFromSeed, randomBits, spec } from '../dist/core/index.js';
import { deriveLlamaConfig, initLlama, llamaLosses, llamaSpecs } from '../dist/nn/index.js';
import { createOptimizer, OPTIMIZERS } from '../dist/optim/index.js';
import { mean } from '../dist/tensor/index.js';

export const LEARNING_RATE = 3e-4;

/** A name like `d128 L4 H4 T256 B8 V257`. */
export function nameShape({ hiddenSize, layers, heads, time, batch, vocabulary }) {
  return `d${hiddenSize} L${layers} H${heads} T${time} B${batch} V${vocabulary}`;
}

/** The shape that a name stands for. */
export function parseShape(name) {
  const found = /^d(\d+) L(\d+) H(\d+) T(\d+) B(\d+) V(\d+)$/.exec(name.trim());
  if (!found) throw new Error(`no shape: '${name}'; one is written like 'd128 L4 H4 T256 B8 V257'`);
  const [hiddenSize, layers, heads, time, batch, vocabulary] = found.slice(1).map(Number);
  return { hiddenSize, layers, heads, time, batch, vocabulary };
}

/** What a trainer of a shape is opened with, its initial parameters and a batch. */
export function llamaStep(shape) {
  const { time, batch, vocabulary, ...sizes } = shape;
  const config = deriveLlamaConfig(sizes, { vocabSize: vocabulary, contextLength: time });
  const key = keyFromSeed(1);
  const ids = (name) =>
    arrayOf(
      'int32',
      [batch, time],
      // Skewed like language: small ids are frequent, so that rows repeat in the scatter.
      Array.from(randomBits(foldIn(key, name), batch * time), (b) =>
        Math.floor(vocabulary * (b / 2 ** 32) ** 3),
      ),
    );
  return {
    config,
    trainer: {
      params: llamaSpecs(config),
      batch: { tokens: spec('int32', [batch, time]), targets: spec('int32', [batch, time]) },
      forward: (params, { batch: { tokens, targets } }) => ({
        loss: mean(llamaLosses(params, config, tokens, targets).losses),
      }),
      optimizer: createOptimizer(OPTIMIZERS, 'adamw', { weightDecay: 0.1 }),
      clipNorm: 1,
      key,
    },
    params: initLlama(config, key),
    data: { tokens: ids('tokens'), targets: ids('targets') },
  };
}
