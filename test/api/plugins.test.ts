// Plugins as Node loads them: from folders without node_modules, from packages, in threads and in processes.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../dist/core/index.js';
import { MODELS } from '../../dist/nn/index.js';
import { loadPlugins, requireSamePlugins } from '../../dist/plugins/index.js';
import { MUTATORS } from '../../dist/redqueen/index.js';
import { WORLDS } from '../../dist/worlds/index.js';

const ROOT = mkdtempSync(path.join(tmpdir(), 'primordia-plugins-'));
afterAll(() => rmSync(ROOT, { recursive: true, force: true }));

const REGISTRIES = { models: MODELS, worlds: WORLDS, mutators: MUTATORS, data: { ...WORLDS } };

let folder: string;
let count = 0;
beforeEach(() => {
  // Modules are loaded once per path.
  folder = path.join(ROOT, String(count++));
  mkdirSync(folder);
});

function write(name: string, text: string): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const WORLD = `{ kind: 'mine', source: 'a test', description: 'Nothing.', options: z.strictObject({
  symbols: z.int().default(3).describe('Symbols.') }), create: () => null }`;

const world = (kind = 'mine', extra = '') =>
  `import { z } from 'zod';\n${extra}\nexport default { worlds: [${WORLD.replace('mine', kind)}] };\n`;

async function refusal(entry: string, registries: object = REGISTRIES): Promise<string> {
  const error = await loadPlugins([entry], folder, registries).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(UserError);
  return (error as Error).message;
}

describe('a plugin in a folder', () => {
  test('adds its kinds, uses the running package, and is one of the worlds that are data', async () => {
    write('lib/shared.js', `export { UserError } from 'primordia/core';`);
    write('mine.js', world('mine', `export { UserError } from './lib/shared.js';`));
    const given = { ...REGISTRIES };
    const { registries, records } = await loadPlugins(['./mine.js'], folder, given, {
      dataOf: (worlds) => worlds,
    });
    expect(registries.worlds).toHaveProperty('mine');
    expect(registries.data).toHaveProperty('mine');
    expect(given.worlds).not.toHaveProperty('mine');
    const definition = (
      registries.worlds as Record<string, { options: { parse(x: object): object } }>
    ).mine!;
    expect(definition.options.parse({})).toEqual({ symbols: 3 });
    const module = await import(path.join(folder, 'mine.js'));
    expect(module.UserError).toBe(UserError);
    expect(records.map(({ entry }) => entry)).toEqual(['mine.js']);
    expect(records[0]!.files.map(({ file }) => file)).toEqual(['lib/shared.js', 'mine.js']);
  });

  test('loads in a thread and in a process of its own', async () => {
    write('mine.js', world());
    const library = fileURLToPath(new URL('../../dist/plugins/index.js', import.meta.url));
    const program = write(
      'program.mjs',
      `import { parentPort } from 'node:worker_threads';
       import { loadPlugins } from ${JSON.stringify(library)};
       const { registries } = await loadPlugins(['./mine.js'], ${JSON.stringify(folder)}, { worlds: {} });
       const found = Object.keys(registries.worlds).join();
       if (parentPort) parentPort.postMessage(found); else process.stdout.write(found);`,
    );
    const worker = new Worker(program, { execArgv: [] });
    const message = await new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    expect(message).toBe('mine');
    const { stdout, stderr } = spawnSync(process.execPath, [program], { encoding: 'utf8' });
    expect({ stdout, stderr }).toEqual({ stdout: 'mine', stderr: '' });
  });

  test('is refused in words that name the place', async () => {
    write('old/package.json', '{ "type": "commonjs" }');
    const cases: [string, string, string][] = [
      ['none.js', 'export const a = 1;', 'the plugin none.js has no default export'],
      ['text.js', 'export default "x";', 'does not export an object as default'],
      ['empty.js', 'export default {};', 'is empty'],
      [
        'word.js',
        'export default { model: [] };',
        "has 'model', which is not something that plugins add",
      ],
      ['list.js', 'export default { models: {} };', 'models is not a list'],
      ['hole.js', 'export default { models: [1] };', 'models[0] is not a definition of a model'],
      [
        'create.js',
        world().replace('create: () => null', ''),
        "the plugin create.js: worlds[0] ('mine') has no create",
      ],
      [
        'options.js',
        'export default { worlds: [{ kind: "a", source: "b", description: "c", options: {} }] };',
        "worlds[0] ('a'): options has the wrong type",
      ],
      ['key.js', world().replace('symbols:', 'kind:'), "options has the key 'kind'"],
      [
        'throws.js',
        '\n\nthrow new TypeError("no luck");',
        'it throws a TypeError: no luck (throws.js:3)',
      ],
      ['null.js', 'throw null;', 'it throws a value: null'],
      ['syntax.js', 'export default {\n  models: [,\n', 'Unexpected end of input (syntax.js:3)'],
      [
        'import.js',
        "import 'no-such-package-anywhere';",
        "Cannot find package 'no-such-package-anywhere'",
      ],
      ['old/old.js', world(), 'Cannot use import statement outside a module'],
      ['nca.js', world('nca'), "defines the world 'nca', which comes with the package"],
      ['mine.ts', 'export default {};', 'is TypeScript, which Primordia does not compile'],
      ['mine.txt', 'x', 'is not a JavaScript module'],
    ];
    for (const [name, text, expected] of cases) {
      write(name, text);
      expect(await refusal(`./${name}`), name).toContain(expected);
    }
    expect(await refusal('./missing.js')).toContain('there is no plugin ./missing.js');
    expect(await refusal('missing-package')).toContain('no package of that name is installed');
  });

  test('names both plugins where they define the same kind, of a world or of data', async () => {
    write('a.js', world());
    write('b.js', world().replace('worlds:', 'data:').replace('create:', 'open:'));
    await expect(loadPlugins(['./a.js', './b.js'], folder, REGISTRIES)).rejects.toThrow(
      "the plugin b.js defines the kind of data 'mine', which the plugin a.js has defined",
    );
    const { records } = await loadPlugins(['./a.js', './a.js'], folder, REGISTRIES);
    expect(records).toHaveLength(1);
  });
});

describe('a plugin in a package', () => {
  test('is found above the folder, by what its package.json exports', async () => {
    write(
      'node_modules/@me/worlds/package.json',
      JSON.stringify({
        name: '@me/worlds',
        version: '1.2.3',
        exports: {
          '.': { require: './no.cjs', import: './lib/index.mjs' },
          './more': './lib/more.js',
        },
      }),
    );
    write('node_modules/@me/worlds/lib/index.mjs', world('packed', "import './part.mjs';"));
    write('node_modules/@me/worlds/lib/part.mjs', 'export const part = 1;');
    write('node_modules/@me/worlds/lib/more.js', world('more'));
    mkdirSync(path.join(folder, 'runs/one'), { recursive: true });
    const entries = ['@me/worlds', '@me/worlds/more'];
    const found = await loadPlugins(entries, path.join(folder, 'runs/one'), REGISTRIES);
    expect(Object.keys(found.registries.worlds)).toEqual(
      expect.arrayContaining(['packed', 'more']),
    );
    expect(found.records[0]).toMatchObject({
      entry: '@me/worlds@1.2.3',
      files: [{ file: 'lib/index.mjs' }, { file: 'lib/part.mjs' }],
    });
    expect(await refusal('@me/worlds/inside')).toContain("has no module './inside'");
  });

  test('may be a link to a folder, and have a main without an ending of its own', async () => {
    write('elsewhere/package.json', JSON.stringify({ name: 'linked', main: 'index.js' }));
    write('elsewhere/index.js', world('linked'));
    mkdirSync(path.join(folder, 'node_modules'));
    symlinkSync(path.join(folder, 'elsewhere'), path.join(folder, 'node_modules/linked'));
    const { records } = await loadPlugins(['linked'], folder, REGISTRIES);
    expect(records[0]!.entry).toBe('linked@no version');
  });
});

describe('what a run began with', () => {
  const recordOf = async () => (await loadPlugins(['./mine.js'], folder, REGISTRIES)).records;

  test('may have company, and must be the same to the byte in every file', async () => {
    write('part.js', 'export const part = 1;');
    write('mine.js', world('mine', "import './part.js';"));
    write('other.js', world('other'));
    const before = await recordOf();
    requireSamePlugins(before, await recordOf());
    const both = await loadPlugins(['./other.js', './mine.js'], folder, REGISTRIES);
    requireSamePlugins(before, both.records);
    write('part.js', 'export const part = 2;');
    expect(() => requireSamePlugins(before, both.records)).not.toThrow();
    const changed = await recordOf();
    expect(() => requireSamePlugins(before, changed)).toThrow(
      'the plugin mine.js is not what the run began with: part.js has changed',
    );
    expect(() => requireSamePlugins(before, both.records.slice(0, 1))).toThrow(
      'the run began with the plugin mine.js, which is not loaded',
    );
  });

  test('a package of another version is told by its changed file', () => {
    const record = (version: string, sha256: string) => ({
      entry: `@me/worlds@${version}`,
      sha256,
      files: [{ file: 'index.js', sha256 }],
    });
    expect(() => requireSamePlugins([record('1.0.0', 'a')], [record('1.0.1', 'b')])).toThrow(
      'the plugin @me/worlds@1.0.0 is not what the run began with: index.js has changed',
    );
  });
});
