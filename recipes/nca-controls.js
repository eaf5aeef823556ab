// The transfer of the published code at small size, against the controls that could explain a gain without NCA.
import { base, scratch, sourceOf, startWith, world } from './study-base.mjs';

const only = (...modules) => ({ keep: { modules } });

/** @type {import('primordia/study').StudyInput} */
export default {
  kind: 'study',
  name: 'nca-controls',
  description:
    'transfer from NCA against its controls, five paired seeds; sources of this size have learned statistics only',
  base: {
    ...base,
    stages: {
      source: { ...base.stages.source, evaluateEvery: 75 },
      text: { ...base.stages.text, steps: 240, evaluateEvery: 40 },
    },
    // Runs are short, and 120 of them take room.
    checkpoint: { everySteps: 1000, keepLast: 1 },
  },
  axes: {
    arm: {
      scratch,
      nca: {},
      'nca-attention': startWith(only('attention')),
      'nca-query-key': startWith({ ...only('query', 'key'), embeddingStd: 'source' }),
      shuffled: sourceOf({ kind: 'shuffled', of: world }),
      iid: sourceOf({ kind: 'iid', of: world }),
      // What the scale of the new embedding does by itself.
      'embedding-only': startWith(only()),
      permuted: startWith({ weights: 'permuted' }),
      rotated: startWith({ weights: 'rotated' }),
      dyck: sourceOf({ kind: 'dyck' }),
      // As many tokens as the other sources see, of text that the arms do not see: batches of the same stream, after theirs.
      'text-warm-up': sourceOf(
        { kind: 'text', skipBatches: 240 },
        {
          stream: 'text',
          batchSize: 8,
          steps: 450,
          evaluateEvery: 150,
          optimizer: { learningRate: 2e-3 },
        },
      ),
    },
  },
  baseline: { arm: 'scratch' },
  // A gain over scratch is not yet one from NCA: it must also be a gain over what NCA has no part in.
  contrasts: [
    ['nca', 'shuffled'],
    ['nca', 'permuted'],
    ['nca', 'dyck'],
  ],
};
