// `npm ci` refuses a lockfile that lacks a package, even an optional one of another platform.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

type Packages = Readonly<
  Record<
    string,
    {
      readonly dependencies?: Readonly<Record<string, string>>;
      readonly optionalDependencies?: Readonly<Record<string, string>>;
    }
  >
>;

/** The folders in which a package may find another one: its own, and those around it. */
function* placesOf(name: string, from: string): Generator<string> {
  for (let folder = from; ; folder = folder.slice(0, folder.lastIndexOf('/node_modules/'))) {
    yield `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (folder === '') return;
    if (!folder.includes('/node_modules/')) {
      yield `node_modules/${name}`;
      return;
    }
  }
}

test.each(['package-lock.json', 'docs/site/package-lock.json'])(
  '%s has every package that others name, and no address of a registry',
  (file) => {
    const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
    const { packages } = JSON.parse(text) as { packages: Packages };
    const missing = Object.entries(packages).flatMap(([place, one]) =>
      Object.keys({ ...one.dependencies, ...one.optionalDependencies })
        .filter((name) => ![...placesOf(name, place)].some((found) => found in packages))
        .map((name) => `${name}, of ${place}`),
    );
    expect(missing).toEqual([]);
    expect(text).not.toContain('"resolved"');
  },
);
