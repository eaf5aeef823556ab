// The transfer of the published code at small size, against the controls that could explain a gain without NCA.
import { base, world } from './study-base.mjs';

const only = (...modules) => ({ keep: { modules } });

/** @type {import('primordia/run').StudyInput} */
export default {
  name: 'nca-controls',
  description:
    'transfer from NCA against its controls, five paired seeds; sources of this size have learned statistics only',
  base: {
    ...base,
    source: { ...base.source, evaluateEvery: 75 },
    text: { ...base.text, steps: 240, evaluateEvery: 40 },
    // Runs are short, and 120 of them take room.
    checkpoint: { everySteps: 1000, keepLast: 1 },
  },
  sources: {
    nca: {},
    shuffled: { source: { world: { kind: 'shuffled', of: world } } },
    iid: { source: { world: { kind: 'iid', of: world } } },
    dyck: { source: { world: { kind: 'dyck' } } },
    // As many tokens as the other sources see, of text that the arms do not see.
    text: { text: { steps: 450, skipBatches: 240, evaluateEvery: 150 } },
  },
  arms: {
    scratch: {},
    nca: { from: 'nca' },
    'nca-attention': { from: 'nca', transfer: only('attention') },
    'nca-query-key': {
      from: 'nca',
      transfer: { ...only('query', 'key'), embeddingStd: 'source' },
    },
    shuffled: { from: 'shuffled' },
    iid: { from: 'iid' },
    // What the scale of the new embedding does by itself.
    'embedding-only': { from: 'nca', transfer: only() },
    permuted: { from: 'nca', transfer: { weights: 'permuted' } },
    rotated: { from: 'nca', transfer: { weights: 'rotated' } },
    dyck: { from: 'dyck' },
    'text-warm-up': { from: 'text' },
  },
  // A gain over scratch is not yet one from NCA: it must also be a gain over what NCA has no part in.
  contrasts: [
    ['nca', 'shuffled'],
    ['nca', 'permuted'],
    ['nca', 'dyck'],
  ],
};
