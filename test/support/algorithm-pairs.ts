// What every pair of an algorithm and a model promises, on small data: a new kind of either needs a line here, and nothing else.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ALGORITHMS,
  type AlgorithmDefinition,
  type AlgorithmKind,
  type Artifacts,
  arraysToTree,
  drawBatch,
  inputsOf,
  type Learner,
  type LearnerSnapshot,
  nameArrays,
  resolveAlgorithm,
  smt,
} from '../../src/algorithms/index.ts';
import {
  flattenTree,
  initParams,
  isParamSpec,
  keyFromSeed,
  type NdArray,
  type ParamSpec,
  type Tree,
} from '../../src/core/index.ts';
import { createModel, MODELS, type ModelKind } from '../../src/nn/index.ts';
import type { Device } from '../../src/tensor/index.ts';
import { createRetrievalWorld } from '../../src/worlds/index.ts';
import { openTestLearner } from './open-learner.ts';
import { openSharing } from './open-sharing.ts';

const SMALL = { hiddenSize: 8, heads: 2, intermediateSize: 6 };
const MEMORY = { ...SMALL, memoryTokens: 2, decoderLayers: 1 };
const MODEL_OPTIONS: Readonly<Record<ModelKind, object>> = {
  llama: { ...SMALL, layers: 1, attentionDropout: 0.1 },
  gru: MEMORY,
  lstm: MEMORY,
  'min-gru': { hiddenSize: 8, layers: 1 },
  'recurrent-mlp': MEMORY,
  'recurrent-transformer': { ...MEMORY, cellLayers: 1 },
};
const ALGORITHM_OPTIONS: Readonly<Record<AlgorithmKind, object>> = {
  'next-token': {},
  smt: { encoderLayers: 1, supervision: { positions: 2 } },
  dmt: { every: 2 },
  evolution: { pairs: 1 },
};
/** Why a pair is refused. */
const REFUSED: Readonly<Record<string, string>> = {
  'smt of min-gru': 'smt takes models with a memory; min-gru has none',
  'dmt of min-gru': 'dmt takes models with a memory; min-gru has none',
  'smt of llama':
    "smt takes models whose memory has a constant size; llama's grows with the context",
  'dmt of llama':
    "dmt takes models whose memory has a constant size; llama's grows with the context",
};

/**
 * Cells whose pairs with an algorithm add little to those of another cell. Learners of the recurrent Transformer are in
 * src/algorithms/memory/learners.test.ts.
 */
const LONG_PAIRS = [
  ...['next-token of lstm', 'next-token of recurrent-mlp', 'next-token of recurrent-transformer'],
  ...['smt of gru', 'smt of recurrent-mlp', 'smt of recurrent-transformer'],
  ...['dmt of lstm', 'dmt of recurrent-transformer'],
  ...['evolution of gru', 'evolution of lstm', 'evolution of recurrent-mlp'],
  'evolution of recurrent-transformer',
];

/** Whether a pair is for `npm run test:full`. */
export const isLongPair = (name: string): boolean => LONG_PAIRS.includes(name);

const KEY = keyFromSeed(8);
const STEPS = 3;
const world = createRetrievalWorld({ symbols: 4, sequenceLength: 7 });
const sizes = { vocabSize: world.vocabSize, contextLength: inputsOf(world) };
const data = { batchSize: 4, contextLength: sizes.contextLength, weighted: true };
const batch = (step: number) => drawBatch(world, KEY, step, data.batchSize);

/** By names such as `smt of gru`. */
const PAIRS = Object.entries(ALGORITHMS).flatMap(([algorithm, definition]) =>
  (Object.keys(MODELS) as ModelKind[]).map(
    (kind) => [`${algorithm} of ${kind}`, definition as AlgorithmDefinition, kind] as const,
  ),
);

/**
 * Describes the pairs of these names.
 *
 * @param options.undisturbed whether learners are also held against ones that nobody asks anything meanwhile
 */
export function describePairs(
  isWanted: (name: string) => boolean,
  { undisturbed = false }: { readonly undisturbed?: boolean } = {},
): void {
  let device: Device;
  beforeAll(() => {
    device = openSharing();
  });
  afterAll(() => device.close());

  describe.each(PAIRS.filter(([name]) => isWanted(name)))('%s', (name, definition, kind) => {
    const model = createModel(MODELS, kind, MODEL_OPTIONS[kind], sizes);
    const options = ALGORITHM_OPTIONS[definition.kind as AlgorithmKind];
    const accepted = !(name in REFUSED);

    /** What stages before leave, of models that were never trained. */
    function artifactsOf(): Artifacts {
      if (!definition.needs) return {};
      const taught = smt.options.parse(ALGORITHM_OPTIONS.smt);
      const params = initParams(smt.specs(model, taught) as Tree<ParamSpec>, KEY);
      const { teacher } = params as unknown as { teacher: Tree<NdArray> };
      return { teacher: { arrays: nameArrays(teacher), config: smt.leaves!(taught).teacher } };
    }
    const open = (snapshot?: LearnerSnapshot) =>
      openTestLearner(device, definition, {
        model,
        data,
        options,
        snapshot,
        accumulate: 2,
        key: KEY,
        artifacts: accepted ? artifactsOf() : {},
      });

    const takeStep = (learner: Learner, step: number) =>
      learner.step(batch(step), { step, learningRate: 0.01 });

    /** Everything that there is to tell of a learner. */
    const tell = async (learner: Learner) => ({
      held: await learner.evaluate([batch(100), batch(101)]),
      snapshot: await learner.snapshot(),
      artifacts: await learner.finish(),
    });

    /** A learner after its first step and after its last one; compiling it is most of the time that this takes. */
    async function learn() {
      const learner = await open();
      const facts = learner.facts!();
      const steps = [await takeStep(learner, 0)];
      const first = await tell(learner);
      for (let step = 1; step < STEPS; step++) steps.push(await takeStep(learner, step));
      const last = await tell(learner);
      await learner.close();
      return { steps, first, last, facts };
    }
    let learned: ReturnType<typeof learn> | undefined;
    const remember = () => {
      learned ??= learn();
      return learned;
    };

    test.runIf(!accepted)('is refused, in a sentence', async () => {
      const { options: parsed } = resolveAlgorithm(
        ALGORITHMS,
        definition.kind as AlgorithmKind,
        options,
      );
      const facts = { ...sizes, ...data, firstPosition: 0, order: 'independent' as const };
      expect(definition.accepts(model, facts, parsed)).toBe(REFUSED[name]);
      const artifacts = { teacher: { arrays: {} } };
      await expect(
        openTestLearner(device, definition, { model, data, options, artifacts }),
      ).rejects.toThrow(REFUSED[name]!);
    });

    test.runIf(accepted)('learns, and goes on from a snapshot to the same bits', async () => {
      const { steps, first, last } = await remember();
      const resumed = await open(first.snapshot);
      for (let step = 1; step < STEPS; step++) {
        expect(await takeStep(resumed, step)).toEqual(steps[step]);
      }
      expect(await tell(resumed)).toEqual(last);
      await resumed.close();
      for (const { loss, gradientNorm } of steps) {
        expect(Number.isFinite(loss)).toBe(true);
        expect(gradientNorm).toBeGreaterThan(0);
      }
      expect(last.held.loss).toBeGreaterThan(0);
      expect(last.snapshot.params).not.toEqual(first.snapshot.params);
    });

    test.runIf(accepted && undisturbed)('is not disturbed by questions', async () => {
      const { steps, last } = await remember();
      const left = await open();
      for (let step = 0; step < STEPS; step++) {
        expect(await takeStep(left, step)).toEqual(steps[step]);
      }
      expect(await tell(left)).toEqual(last);
      await left.close();
    });

    test.runIf(accepted)('says what it reports, and leaves what it says', async () => {
      const { steps, first, facts } = await remember();
      const { held, snapshot, artifacts } = first;
      const told = [steps[0]!, held].flatMap(({ parts = {}, series = {} }) => [
        ...Object.keys(parts),
        ...Object.keys(series),
      ]);
      expect(Object.keys(definition.metrics)).toEqual(expect.arrayContaining(told));
      for (const { title, description } of Object.values(definition.metrics)) {
        expect(title).not.toBe('');
        expect(description).not.toBe('');
      }
      // The model is whole, whatever was trained.
      arraysToTree(model.params, artifacts.model!.arrays);
      const left = definition.leaves?.(definition.options.parse(options)) ?? {};
      expect(Object.keys(artifacts).sort()).toEqual(['model', ...Object.keys(left)].sort());
      for (const [artifact, config] of Object.entries(left)) {
        expect(artifacts[artifact]!.config).toEqual(config);
      }
      const specs = flattenTree<ParamSpec>(
        definition.specs(model, definition.options.parse(options)),
        isParamSpec,
      );
      expect(Object.keys(snapshot.params)).toEqual(specs.map(([path]) => path));
      expect(facts.parameters).toBeGreaterThan(100);
      expect(facts.depth).toBeGreaterThan(10);
    });
  });
}
