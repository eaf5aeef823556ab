// Checks that a stage can be spread over the devices that a recipe asks for.

import type { DataFacts } from '../algorithms/algorithm.ts';
import { flattenTree, isParamSpec, type ParamSpec, type Tree, UserError } from '../core/index.ts';
import { countDevices } from '../tensor/index.ts';
import type { EngineOptions } from './recipe-parts.ts';

/**
 * @param origin where the recipe comes from, for messages
 * @throws UserError where a device cannot be several, or there is nothing to spread over
 */
export function requireMesh({ device, mesh, shard }: EngineOptions, origin: string): void {
  if (shard && (mesh?.data ?? 1) === 1) {
    throw new UserError(`${origin}: engine.shard has no meaning without several devices`, {
      hint: 'it spreads parameters over engine.mesh.data: "mesh": { "data": 2 }',
    });
  }
  if (mesh === null || countDevices(mesh) === 1 || device.startsWith('xla:')) return;
  throw new UserError(
    `${origin}: engine.mesh: '${device}' of onnxruntime is one device, not ${countDevices(mesh)}`,
    { hint: 'engine.device xla:cpu or xla:cuda; primordia devices lists what there is' },
  );
}

/**
 * @param place the stage's place in the recipe, for the error
 * @throws UserError where a mesh does not divide what it is to spread: the rows of a batch, or the heads of attention
 */
export function requireMeshDivides(
  { mesh }: EngineOptions,
  place: string,
  { batchSize, accumulate }: { readonly batchSize: number; readonly accumulate: number },
  specs: Tree<ParamSpec>,
): void {
  if (mesh === null) return;
  const rows = batchSize / accumulate;
  if (rows % mesh.data !== 0) {
    const parts = accumulate === 1 ? '' : ` in ${accumulate} parts of ${rows}`;
    throw new UserError(
      `${place}: engine.mesh.data ${mesh.data} does not divide a batch of ${batchSize} sequences${parts}`,
      { hint: `choose a batchSize that is a multiple of ${mesh.data * accumulate}` },
    );
  }
  for (const [path, { heads }] of flattenTree<ParamSpec>(specs, isParamSpec)) {
    if (heads === undefined || heads % mesh.model === 0) continue;
    throw new UserError(
      `${place}: engine.mesh.model ${mesh.model} does not divide the ${heads} heads of ${path}`,
      { hint: 'choose a number that divides heads and kvHeads, or spread over data instead' },
    );
  }
}

/**
 * @param place the stage's place in the recipe, for the error
 * @throws UserError for sequences that a device draws, if there are several devices: each would draw them all
 */
export function requireMeshDraws(
  { mesh }: EngineOptions,
  place: string,
  { drawnOnDevice }: Pick<DataFacts, 'drawnOnDevice'>,
): void {
  if (mesh === null || !drawnOnDevice || countDevices(mesh) === 1) return;
  throw new UserError(
    `${place}: drawOn: 'device' is for one device; engine.mesh has ${countDevices(mesh)}`,
    { hint: 'leave drawOn out: the host draws while the devices train' },
  );
}
