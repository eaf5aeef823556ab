// A train step on a device: parameters, the optimizer's slots, what is carried, and the compiled program.

import {
  type ArraySpec,
  flattenTree,
  foldIn,
  isArraySpec,
  isNdArray,
  isParamSpec,
  type Key,
  type MapLeaves,
  mapTree,
  type NamedParams,
  type NdArray,
  type ParamSpec,
  type Tree,
  UserError,
} from '../core/index.ts';
import type { Optimizer } from '../optim/index.ts';
import type { Device, DeviceState } from '../tensor/index.ts';
import type { LearnerSnapshot, NamedArrays, StepOptions } from './algorithm.ts';
import { dtypeOf, type TrainStepOptions, trainedParams, trainStepProgram } from './train-step.ts';

export type TrainerOptions = TrainStepOptions & {
  /** Randomness of dropout: that of a step follows from it and the step's number. */
  readonly key: Key;
};

/** What a trainer begins with. The arrays are handed over to the device and cannot be used any more. */
export type InitialState = {
  readonly params: Tree<NdArray>;
  /** `LearnerSnapshot.optimizer`; without it slots begin at zero, and what is carried as `carried` says. */
  readonly optimizer?: NamedArrays | undefined;
  readonly carried?: Tree<NdArray> | undefined;
};

export type Trainer = {
  /** Takes a step; what the program puts out. */
  step(
    batch: Readonly<Record<string, NdArray>>,
    options: StepOptions,
  ): Promise<Readonly<Record<string, NdArray>>>;
  /** The parameters on the device, as they are at any moment. */
  readonly state: DeviceState<Tree<ArraySpec>>;
  /** Operations of the compiled step. */
  readonly nodeCount: number;
  snapshot(): Promise<LearnerSnapshot>;
  close(): Promise<void>;
};

/** Compiles the step and puts the parameters on the device. */
export async function openTrainer(
  device: Device,
  options: TrainerOptions,
  initial: InitialState,
): Promise<Trainer> {
  const { optimizer } = options;
  const trained = trainedParams(options.params, options.frozen);
  const program = await device.compile(trainStepProgram(options));
  const dtype = dtypeOf(trained);
  const create = async (tree: Tree<ArraySpec>) =>
    (await device.createState<Tree<ArraySpec>>(tree, { transfer: true })) as DeviceState<
      Tree<ArraySpec>
    >;
  const slots = await create(initialSlots(optimizer, trained, initial.optimizer));
  const carried = options.carried && (await create(initialCarried(options.carried, initial)));
  const params = await create(initial.params);
  const states = { params, slots, ...(carried ? { carried } : {}) };
  return {
    state: params,
    nodeCount: program.facts.nodes,
    async step(batch, { step, learningRate }) {
      const run = program.run(states, {
        batch,
        scalars: optimizer.scalars(step, learningRate, dtype),
        key: { dtype: 'int32', shape: [2], data: Int32Array.from(foldIn(options.key, step)) },
      });
      return (await run.read()) as Readonly<Record<string, NdArray>>;
    },
    async snapshot() {
      return {
        params: nameArrays((await params.read()) as Tree<NdArray>),
        optimizer: {
          ...nameSlots(trained, (await slots.read()) as readonly NamedArrays[]),
          ...(carried ? nameArrays((await carried.read()) as Tree<NdArray>, CARRIED) : {}),
        },
      };
    },
    async close() {
      await Promise.all([params.drop(), slots.drop(), carried?.drop(), program.close()]);
    },
  };
}

const CARRIED = 'carried';

function initialSlots(
  optimizer: Optimizer,
  trained: NamedParams,
  saved: NamedArrays | undefined,
): Tree<ArraySpec> {
  return trained.map(([path, spec]) =>
    mapTree<ArraySpec, ArraySpec>(optimizer.slots(spec), isArraySpec, (slot, name) => {
      if (!saved) return slot;
      return (
        saved[`${name}.${path}`] ??
        lacks(`${name}.${path}`, 'resume with what was frozen when it was saved')
      );
    }),
  );
}

function initialCarried(specs: Tree<ArraySpec>, { optimizer, carried }: InitialState) {
  if (!optimizer) return carried ?? specs;
  return mapTree<ArraySpec, ArraySpec>(
    specs,
    isArraySpec,
    (_, path) =>
      optimizer[path] ?? lacks(path, 'resume with the order of data with which it was saved'),
    CARRIED,
  );
}

function lacks(name: string, hint: string): never {
  throw new UserError(`the optimizer's state has no '${name}'`, { hint });
}

/** Slots by the names that a checkpoint has for them: all of a slot, then all of the next. */
function nameSlots(trained: NamedParams, slots: readonly NamedArrays[]): NamedArrays {
  const names = [...new Set(slots.flatMap((own) => Object.keys(own)))];
  return Object.fromEntries(
    names.flatMap((name) =>
      trained.flatMap(([path], i) => {
        const slot = slots[i]![name];
        return slot ? [[`${name}.${path}`, slot] as const] : [];
      }),
    ),
  );
}

/** A tree's arrays by their paths. */
export function nameArrays(tree: Tree<NdArray>, prefix = ''): NamedArrays {
  return Object.fromEntries(flattenTree<NdArray>(tree, isNdArray, prefix));
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
      hint: 'resume with the model options with which it was saved',
    });
  }) as MapLeaves<P, ParamSpec, NdArray>;
}
