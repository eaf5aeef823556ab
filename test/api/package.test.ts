// What the package must hold, without packing it: test/full/package.test.ts packs and installs it.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { listSources, openShippedSource, REGISTRIES } from '../../src/training/index.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MANIFEST = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
  bin: Readonly<Record<string, string>>;
  files: string[];
};

test('what the README links to is packed', () => {
  const readme = readFileSync(path.join(ROOT, 'README.md'), 'utf8');
  const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map((match) => match[1]!);
  const named = [...readme.matchAll(/`(src\/[\w./-]+)`/g)].map((match) => match[1]!);
  expect(links).toContain('docs/results.md');
  for (const link of [...links, ...named]) {
    expect(existsSync(path.join(ROOT, link)), link).toBe(true);
    expect(MANIFEST.files, link).toContain(link.split('/')[0]);
  }
});

test('shipped sources are packed, whole, within their bound', () => {
  expect(MANIFEST.files).toContain('sources');
  expect(listSources()).toContain('nca-dynamics');
  for (const name of listSources()) {
    const { files, gate, description } = openShippedSource(name, REGISTRIES);
    expect(files['model.safetensors'].bytes).toBeLessThanOrEqual(4_000_000);
    expect(gate.verdict).toBe('dynamics');
    expect(description).not.toBe('');
  }
});

test('maps of code and of types lead to sources that are packed', () => {
  const dist = path.join(ROOT, 'dist');
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' });
  const maps = files.filter((file) => /\.(js|d\.ts)\.map$/.test(file));
  // Other files lead to chunks in one line; the script of pages is one file made of many, and is put into pages without a map.
  const codes = files.filter((file) => /^chunks[\\/].*\.js$/.test(file));
  expect(codes.length).toBeGreaterThan(50);
  const types = files.filter((file) => file.endsWith('.d.ts'));
  expect(new Set(maps)).toEqual(new Set([...codes, ...types].map((file) => `${file}.map`)));
  const named = maps.flatMap((map) => {
    const { sources } = JSON.parse(readFileSync(path.join(dist, map), 'utf8'));
    return (sources as string[]).map((one) => path.resolve(dist, path.dirname(map), one));
  });
  const sources = new Set(named.map((file) => path.relative(ROOT, file)));
  for (const source of sources) {
    expect(existsSync(path.join(ROOT, source)), source).toBe(true);
    expect(source).toMatch(/^src\/.*(?<!\.test)\.tsx?$/);
  }
  expect(sources.size).toBeGreaterThan(types.length - 1);
  expect(MANIFEST.files).toEqual(expect.arrayContaining(['src', '!src/**/*.test.ts']));
});

test('what the benchmarks import is there', async () => {
  const folder = path.join(ROOT, 'bench');
  let found = 0;
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.mjs'))) {
    const text = readFileSync(path.join(folder, file), 'utf8');
    for (const [, names, from] of text.matchAll(/import \{([^}]*)\} from '(\.\.\/dist\/[^']*)'/g)) {
      const module = (await import(path.join(folder, from!))) as object;
      for (const name of names!.split(',').map((part) => part.trim().split(' ')[0]!)) {
        if (name === '') continue;
        expect(Object.hasOwn(module, name), `${file}: ${name} of ${from}`).toBe(true);
        found++;
      }
    }
  }
  expect(found).toBeGreaterThan(30);
});

test.skipIf(process.platform === 'win32')('the programs can be executed', () => {
  expect(Object.keys(MANIFEST.bin).sort()).toEqual(['pmars', 'primordia']);
  for (const file of Object.values(MANIFEST.bin)) {
    expect(statSync(path.join(ROOT, file)).mode & 0o111, file).toBe(0o111);
  }
});
