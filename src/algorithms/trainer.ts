// A loss under AdamW, on a device: parameters, moments and the compiled step, for learners whose batches and
// metrics are their own.

import {
  type ArraySpec,
  flattenTree,
  isNdArray,
  isParamSpec,
  type MapLeaves,
  mapTree,
  type NamedParams,
  type NdArray,
  type ParamSpec,
  type Tree,
  UserError,
} from '../core/index.ts';
import {
  type AdamwMoments,
  type AdamwScalars,
  adamwScalarSpecs,
  adamwScalars,
  adamwSpecs,
  globalNorm,
} from '../optim/index.ts';
import {
  type Device,
  type DeviceState,
  gradients,
  isTensor,
  type ProgramSpec,
  type Tensor,
} from '../tensor/index.ts';
import type { LearnerSnapshot, NamedArrays, StepOptions } from './learner.ts';
import { initialMoments, nameMoments } from './moments.ts';
import {
  adamwUpdates,
  clipTogether,
  type OptimizerOptions,
  type ParamFilter,
  trainedParams,
} from './train-step.ts';

/** A traced loss, a scalar, and what else a step reports. */
export type Forward = {
  readonly loss: Tensor;
  readonly metrics: Readonly<Record<string, Tensor>>;
  /** Tensors inside of the graph whose gradients a step reports on. */
  readonly watch?: {
    readonly tensors: readonly Tensor[];
    readonly report: (gradients: readonly Tensor[]) => Readonly<Record<string, Tensor>>;
  };
};

export type TrainerOptions<P> = {
  /** Specs of the parameters. */
  readonly params: P;
  readonly batch: Readonly<Record<string, ArraySpec>>;
  readonly forward: (params: unknown, batch: Readonly<Record<string, Tensor>>) => Forward;
  readonly optimizer: OptimizerOptions;
  /** Parameters that stay as they are. */
  readonly frozen?: ParamFilter;
  /** Whether the subtrees of `params` (a teacher, its cell) are clipped each by itself; by default all are one. */
  readonly clipApart?: boolean;
};

export type Trainer = {
  /** Takes a step; the metrics of `forward`, `gradientNorm` and, with `clipApart`, `gradientNorm.<subtree>`. */
  step(
    batch: Readonly<Record<string, NdArray>>,
    options: StepOptions,
  ): Promise<Readonly<Record<string, NdArray>>>;
  /** The parameters on the device, as they are at any moment. */
  readonly state: DeviceState<Tree<ArraySpec>>;
  snapshot(): Promise<LearnerSnapshot>;
  close(): Promise<void>;
};

type States = { readonly params: Tree<ArraySpec>; readonly moments: AdamwMoments<ArraySpec> };
type Inputs = {
  readonly batch: Readonly<Record<string, ArraySpec>>;
  readonly scalars: AdamwScalars<ArraySpec>;
};
type Outputs = Readonly<Record<string, Tensor>>;

/** The program of one step; `moments` follow `trainedParams`. */
export function trainerProgram<P>(
  options: TrainerOptions<P>,
): ProgramSpec<States, Inputs, Outputs> {
  const specs = options.params as Tree<ParamSpec>;
  const trained = trainedParams(specs, options.frozen);
  return {
    states: { params: specs, moments: adamwSpecs(trained.map(([, leaf]) => leaf)) },
    inputs: { batch: options.batch, scalars: adamwScalarSpecs() },
    build: (states, inputs) => {
      const params = states.params as unknown as Tree<Tensor>;
      const forward = options.forward(params, inputs.batch as never);
      const leaves = new Map(flattenTree<Tensor>(params, isTensor));
      const targets = trained.map(([path]) => leaves.get(path)!);
      const watched = forward.watch?.tensors ?? [];
      const found = gradients(forward.loss, [...targets, ...watched]);
      const raw = found.slice(0, targets.length);
      const { clipped, norms } = clipGradients(raw, trained, options);
      const scalars = inputs.scalars as unknown as AdamwScalars<Tensor>;
      return {
        outputs: {
          loss: forward.loss,
          ...forward.metrics,
          ...norms,
          ...forward.watch?.report(found.slice(targets.length)),
        },
        updates: adamwUpdates(states, trained, clipped, scalars, options.optimizer) as never,
      };
    },
  };
}

function clipGradients<P>(
  raw: readonly Tensor[],
  trained: NamedParams,
  { clipApart = false, params, optimizer: { clipNorm } }: TrainerOptions<P>,
): { clipped: readonly Tensor[]; norms: Record<string, Tensor> } {
  if (!clipApart) {
    const { clipped, norm } = clipTogether(raw, clipNorm);
    return { clipped, norms: { gradientNorm: norm } };
  }
  const norms: Record<string, Tensor> = { gradientNorm: globalNorm(raw) };
  const clipped = [...raw];
  for (const [name, subtree] of Object.entries(params as Record<string, Tree<ParamSpec>>)) {
    const paths = new Set(flattenTree<ParamSpec>(subtree, isParamSpec, name).map(([path]) => path));
    const members = trained.flatMap(([path], i) => (paths.has(path) ? [i] : []));
    if (members.length === 0) continue;
    const own = clipTogether(
      members.map((i) => raw[i]!),
      clipNorm,
    );
    norms[`gradientNorm.${name}`] = own.norm;
    members.forEach((i, n) => {
      clipped[i] = own.clipped[n]!;
    });
  }
  return { clipped, norms };
}

/**
 * Compiles the step and puts the parameters on the device.
 *
 * @param initial parameters, and the optimizer's arrays of a snapshot to go on from (else they start at zero)
 */
export async function openTrainer<P>(
  device: Device,
  options: TrainerOptions<P>,
  initial: { readonly params: unknown; readonly optimizer?: NamedArrays | undefined },
): Promise<Trainer> {
  const trained = trainedParams(options.params as Tree<ParamSpec>, options.frozen);
  if (trained.length === 0) throw new UserError('training: every parameter is frozen');
  const program = await device.compile(trainerProgram(options));
  const params = (await device.createState(initial.params as Tree<NdArray>)) as DeviceState<
    Tree<ArraySpec>
  >;
  const moments = await device.createState(initialMoments(trained, initial.optimizer));
  return {
    state: params,
    async step(batch, { step, learningRate }) {
      const scalars = adamwScalars(options.optimizer, step, learningRate);
      const out = await program.run({ params, moments }, { batch, scalars } as never);
      return out as unknown as Readonly<Record<string, NdArray>>;
    },
    async snapshot() {
      const values = (await params.read()) as Tree<NdArray>;
      return {
        params: Object.fromEntries(flattenTree<NdArray>(values, isNdArray)),
        optimizer: nameMoments(trained, await moments.read()),
      };
    },
    async close() {
      await Promise.all([params.drop(), moments.drop(), program.close()]);
    },
  };
}

/**
 * A tree of arrays from a snapshot's names.
 *
 * @throws UserError when an array is missing or has another shape than `specs` say
 */
export function arraysToTree<P>(specs: P, arrays: NamedArrays): MapLeaves<P, ParamSpec, NdArray> {
  return mapTree<ParamSpec, NdArray>(specs as Tree<ParamSpec>, isParamSpec, ({ shape }, path) => {
    const found = arrays[path];
    if (found && String(found.shape) === String(shape)) return found;
    const what = found ? `is [${found.shape.join(', ')}], not [${shape.join(', ')}]` : 'is missing';
    throw new UserError(`the model's parameter '${path}' ${what}`, {
      hint: 'go on with the model options with which it was saved',
    });
  }) as MapLeaves<P, ParamSpec, NdArray>;
}
