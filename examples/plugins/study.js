// A study over one's own model and task: `primordia study examples/plugins/study.js`.

export default {
  kind: 'study',
  name: 'my-study',
  description: 'minGRU against an LSTM on selective copying',
  seeds: [0, 1],
  base: { extends: './experiment.js', stages: { evolution: null } },
  axes: {
    model: {
      'min-gru': {},
      lstm: { model: { kind: 'lstm', hiddenSize: 32, memoryTokens: 2 } },
    },
  },
  baseline: { model: 'lstm' },
  metric: 'rollout.accuracy',
};
