// Every kind of data: worlds and tasks, and what lies in files.

import type { WorldRegistry } from '../../worlds/define-world.ts';
import { WORLDS } from '../../worlds/registry.ts';
import { characters } from './characters-data.ts';
import type { DataDefinition, DataRegistry } from './data.ts';
import { dataset } from './dataset-data.ts';
import { images } from './images-data.ts';
import { text } from './text-data.ts';
import { worldAsData } from './world-data.ts';

const FILES = { text, dataset, characters, images } as const satisfies DataRegistry;

type WorldsAsData<W extends WorldRegistry> = {
  readonly [K in keyof W]: DataDefinition<W[K]['options']>;
};

/** The kinds of data over the worlds of a registry. */
export function createDataRegistry<W extends WorldRegistry>(worlds: W) {
  const drawn = Object.entries(worlds).map(([kind, world]) => [kind, worldAsData(world, worlds)]);
  return { ...(Object.fromEntries(drawn) as WorldsAsData<W>), ...FILES };
}

/** The data that come with the package. */
export const DATA = createDataRegistry(WORLDS);
