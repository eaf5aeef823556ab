// A train step on a device: parameters, the optimizer's slots, carried state, and the compiled program.

import {
  type ArraySpec,
  allocate,
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
  sizeOf,
  type Tree,
  UserError,
} from '../core/index.ts';
import type { Optimizer, ParamGroup } from '../optim/index.ts';
import type { Device, DeviceState, ProgramFacts } from '../tensor/tracing.ts';
import type { LearnerSnapshot, NamedArrays, StepOptions } from './algorithm.ts';
import {
  dtypeOf,
  type TrainStepOptions,
  trainedGroups,
  trainedParams,
  trainStepProgram,
} from './train-step.ts';

export type TrainerOptions = TrainStepOptions & {
  /** The key of dropout; that of a step is derived from it and the step's number. */
  readonly key: Key;
};

/** What a trainer starts from. The arrays are handed over to the device and cannot be used afterwards. */
export type InitialState = {
  readonly params: Tree<NdArray>;
  /** `LearnerSnapshot.optimizer`; without it slots start at zero, and carried state at `carried`. */
  readonly optimizer?: NamedArrays | undefined;
  readonly carried?: Tree<NdArray> | undefined;
  /** The tables of a source of batches. */
  readonly tables?: NamedArrays | undefined;
};

export type Trainer = {
  /** Takes a step and returns the program's outputs. */
  step(
    batch: Readonly<Record<string, NdArray>>,
    options: StepOptions,
  ): Promise<Readonly<Record<string, NdArray>>>;
  /** The live parameters on the device. */
  readonly state: DeviceState<Tree<ArraySpec>>;
  /** What is known of the compiled step. */
  readonly facts: ProgramFacts;
  snapshot(): Promise<LearnerSnapshot>;
  close(): Promise<void>;
};

/** Compiles the step and puts the parameters on the device. */
export async function openTrainer(
  device: Device,
  given: TrainerOptions,
  initial: InitialState,
): Promise<Trainer> {
  const options = { ...given, apart: device.mesh !== null };
  const { optimizer } = options;
  const trained = trainedParams(options.params, options.frozen);
  const groups = trainedGroups(options);
  const program = await device.compile(trainStepProgram(options));
  const dtype = dtypeOf(trained);
  const create = async (tree: Tree<ArraySpec>) =>
    (await device.createState<Tree<ArraySpec>>(tree, { transfer: true })) as DeviceState<
      Tree<ArraySpec>
    >;
  const slots = await create(initialSlots(optimizer, groups, trained, initial.optimizer));
  const carried = options.carried && (await create(initialCarried(options.carried, initial)));
  const params = await create(withSpecs(initial.params, options.params));
  const tables = options.source && (await create(initial.tables!));
  const states = { params, slots, ...(carried ? { carried } : {}), ...(tables ? { tables } : {}) };
  return {
    state: params,
    facts: program.facts,
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
          ...nameSlots(groups, trained, (await slots.read()) as readonly NamedArrays[]),
          ...(carried ? nameArrays((await carried.read()) as Tree<NdArray>, CARRIED) : {}),
        },
      };
    },
    async close() {
      await Promise.all([
        params.drop(),
        slots.drop(),
        carried?.drop(),
        tables?.drop(),
        program.close(),
      ]);
    },
  };
}

/** Arrays with the specs of their parameters, which say what they are for. */
function withSpecs(arrays: Tree<NdArray>, specs: Tree<ParamSpec>): Tree<ArraySpec> {
  const found = new Map(flattenTree<NdArray>(arrays, isNdArray));
  return mapTree<ParamSpec, ArraySpec>(specs, isParamSpec, (leaf, path) => ({
    ...leaf,
    ...found.get(path)!,
  }));
}

const CARRIED = 'carried';

function initialSlots(
  optimizer: Optimizer,
  groups: readonly ParamGroup[],
  trained: NamedParams,
  saved: NamedArrays | undefined,
): Tree<ArraySpec> {
  return groups.map(({ spec, members }) =>
    mapTree<ArraySpec, ArraySpec>(optimizer.slots(spec), isArraySpec, (slot, name) => {
      if (!saved) return slot;
      const parts = members.map(({ index }) => {
        const path = `${name}.${trained[index]![0]}`;
        return saved[path] ?? lacks(path, 'resume with the same freeze as when it was saved');
      });
      if (parts.length === 1) return parts[0]!;
      const joined = allocate(slot.dtype, sizeOf(slot.shape)) as Float32Array;
      members.forEach(({ offset }, i) => {
        joined.set(parts[i]!.data as Float32Array, offset);
      });
      return { ...slot, data: joined };
    }),
  );
}

function initialCarried(specs: Tree<ArraySpec>, { optimizer, carried }: InitialState) {
  if (!optimizer) return carried ?? specs;
  return mapTree<ArraySpec, ArraySpec>(
    specs,
    isArraySpec,
    (_, path) =>
      optimizer[path] ?? lacks(path, 'resume with the same order of data as when it was saved'),
    CARRIED,
  );
}

function lacks(name: string, hint: string): never {
  throw new UserError(`the optimizer's state has no '${name}'`, { hint });
}

/** Slots by their names in checkpoints: all parameters of a slot, then all of the next slot. */
function nameSlots(
  groups: readonly ParamGroup[],
  trained: NamedParams,
  slots: readonly NamedArrays[],
): NamedArrays {
  const names = [...new Set(slots.flatMap((own) => Object.keys(own)))];
  const byParam: NamedArrays[] = [];
  groups.forEach(({ members }, i) => {
    for (const { index, spec, offset } of members) {
      byParam[index] = Object.fromEntries(
        Object.entries(slots[i]!).map(([name, slot]) => {
          if (members.length === 1) return [name, slot];
          const { shape } = spec;
          const data = (slot.data as Float32Array).slice(offset, offset + sizeOf(shape));
          return [name, { dtype: slot.dtype, shape, data }];
        }),
      );
    }
  });
  return Object.fromEntries(
    names.flatMap((name) =>
      trained.flatMap(([path], i) => {
        const slot = byParam[i]![name];
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
 * @throws UserError if an array is missing or has another shape than `specs` say
 */
export function arraysToTree<P>(specs: P, arrays: NamedArrays): MapLeaves<P, ParamSpec, NdArray> {
  return mapTree<ParamSpec, NdArray>(specs as Tree<ParamSpec>, isParamSpec, ({ shape }, path) => {
    const found = arrays[path];
    if (found && String(found.shape) === String(shape)) return found;
    const what = found ? `is [${found.shape.join(', ')}], not [${shape.join(', ')}]` : 'is missing';
    throw new UserError(`the model's parameter '${path}' ${what}`, {
      hint: 'resume with the same model options as when it was saved',
    });
  }) as MapLeaves<P, ParamSpec, NdArray>;
}
