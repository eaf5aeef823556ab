// What a gate found, made up.

import { type GateResult, PREDICTORS_VERSION } from '../../src/eval/index.ts';

/** A gate of a world with frames, some keys in place of these. */
export function gateResult(changes: Partial<GateResult> = {}): GateResult {
  const baseline = (name: string, kind: GateResult['baselines'][number]['kind'], loss: number) => ({
    name,
    kind,
    loss,
    byFrame: [loss + 0.1, loss, loss - 0.1],
  });
  return {
    verdict: 'dynamics',
    control: false,
    loss: 1,
    bestGlobal: { name: 'global unigram', loss: 4 },
    bestBlind: { name: 'same place', loss: 2 },
    bestLookup: { name: '3×3 cells', loss: 0.5 },
    margin: { mean: -1, interval: [-1.1, -0.9] },
    share: 2 / 3,
    reasons: ['below global', 'below blind'],
    predictorsVersion: PREDICTORS_VERSION,
    heldOutRules: 'fresh',
    baselines: [
      baseline('global unigram', 'global', 4),
      baseline('in-context unigram', 'blind', 3),
      baseline('same place', 'blind', 2),
      baseline('3×3 cells', 'lookup', 0.5),
    ],
    firstFrame: 1,
    byFrame: [1.2, 1, 0.8],
    accuracyByFrame: [0.1, 0.2, 0.3],
    changed: { share: 0.4, accuracy: 0.6 },
    seenRules: { loss: 0.9, standardError: 0.05, sequences: 64 },
    shuffledFrame: { loss: 0.8, shuffledLoss: 1.9, interval: [0.9, 1.3], sequences: 64 },
    ...changes,
  };
}
