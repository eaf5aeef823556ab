// The published settings (arXiv 2603.10055) at 1.6B parameters: a description to start from on large
// machines. Where the paper and its code differ, the code is followed.
/** @type {import('primordia/training').RecipeInput} */
export default {
  description: 'the published settings: 24 layers, 164M NCA tokens, then text; needs a large GPU',
  model: {
    kind: 'llama',
    size: 'large',
    hiddenSize: 2048,
    heads: 32,
    intermediateSize: 8192,
    attentionDropout: 0.1,
  },
  contextLength: 1024,
  stages: {
    source: {
      // The world's defaults are the paper's: 10 colors, 12x12 cells, band 0.5 to 1. As in the code, 16,000 rules are judged by
      // one simulation each and trained on through others, so that part of the data lies outside the band, and the rules come
      // again with new initial states. The paper's text has a rule per sequence, judged itself: leave `filter` and `rules` out.
      data: { kind: 'nca', filter: 'rule', rules: 16_000 },
      batchSize: 32,
      accumulate: 2,
      // 164M tokens in steps of 32 sequences of 1,024.
      steps: 5005,
      evaluateEvery: 250,
      heldOutSequences: 256,
      optimizer: {
        learningRate: 1e-4,
        betas: [0.9, 0.999],
        clipNorm: 0,
        schedule: { kind: 'cosine', warmup: 0.1, final: 0 },
      },
    },
    text: {
      data: { kind: 'text', tokenizer: { kind: 'bpe', vocabSize: 50257 } },
      batchSize: 512,
      accumulate: 32,
      steps: 20000,
      evaluateEvery: 500,
      optimizer: {
        learningRate: 5e-4,
        betas: [0.9, 0.999],
        weightDecay: 1e-4,
        decay: 'all',
        schedule: { kind: 'cosine', warmup: 0.1, final: 0 },
      },
      // Weights and norms are kept, the embedding starts anew at the code's scale of 1.
      start: { keep: 'body', embeddingStd: 1 },
    },
  },
};
