// Reads arrays whose parts lie on devices of several processes.

import type { ArraySpec } from '../../../../core/index.ts';
import { countDevices } from '../../../mesh.ts';
import { meshText, shardingText, wholeLayout } from '../layouts.ts';
import { elementTypeOf, typeText } from '../stablehlo.ts';
import type { Client, CompiledProgram, PendingRead } from './client.ts';
import type { Compile } from './create-compile.ts';
import { isWholeHere, type OwnDevices, type PlacedArray, readPlaced } from './placed-arrays.ts';

export type Collector = {
  /**
   * Begins to read an array. Where other processes have parts of it, all of them must be at this: a program then brings it to all
   * devices.
   */
  (array: PlacedArray): PendingRead;
  close(): void;
};

export function createCollector(
  client: Client,
  place: OwnDevices,
  compile: (text: string, outputs: readonly ArraySpec[]) => ReturnType<Compile>,
): Collector {
  const programs = new Map<string, CompiledProgram>();
  const programOf = ({ spec, layout }: PlacedArray) => {
    const text = collectText(place, spec, layout);
    const program = programs.get(text) ?? compile(text, [spec]).compiled;
    programs.set(text, program);
    return program;
  };
  const collect = (array: PlacedArray): PendingRead => {
    if (isWholeHere(array, place)) return readPlaced(client, place, array);
    const lists = array.buffers.map((buffer) => [buffer]);
    const buffers = programOf(array)
      .execute(lists)
      .map(([buffer]) => buffer!);
    const read = client.read(buffers[0]!);
    return {
      wait() {
        try {
          return read.wait();
        } finally {
          for (const buffer of buffers) client.destroy(buffer);
        }
      },
    };
  };
  return Object.assign(collect, {
    close() {
      for (const program of programs.values()) program.destroy();
    },
  });
}

/** A program that gives its argument as it is, on every device as a whole. */
function collectText(
  { mesh }: OwnDevices,
  { dtype, shape }: ArraySpec,
  layout: PlacedArray['layout'],
): string {
  const type = typeText({ element: elementTypeOf(dtype), shape });
  const given = shardingText(layout, {});
  const whole = shardingText(wholeLayout(shape), {});
  return [
    `module @collect attributes {mhlo.num_partitions = ${countDevices(mesh)} : i32, mhlo.num_replicas = 1 : i32} {`,
    meshText(mesh),
    `func.func public @main(%x: ${type} {${given}}) -> (${type} {${whole}}) {`,
    `return %x : ${type}`,
    '}',
    '}',
    '',
  ].join('\n');
}
