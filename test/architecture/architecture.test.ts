// The house keeps its shape: imports go one way, no cycles, no long files, no Node where a browser must follow.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SRC = path.join(ROOT, 'src');
const KERNELS = path.join(ROOT, 'kernels');
const MAX_LINES = 500;

/** What each room may import from, besides itself. */
const ALLOWED: Record<string, readonly string[]> = {
  core: [],
  processes: ['core', 'files'],
  tensor: ['core', 'processes'],
  nn: ['core', 'tensor'],
  optim: ['core', 'tensor'],
  worlds: ['core', 'tensor'],
  files: ['core'],
  image: ['core', 'worlds'],
  chart: ['core'],
  corewar: ['core'],
  arena: ['core', 'files', 'corewar'],
  llm: ['core', 'files'],
  redqueen: ['core', 'files', 'corewar', 'arena', 'llm', 'run'],
  text: ['core', 'files'],
  datasets: ['core', 'files', 'worlds'],
  eval: ['core', 'tensor', 'nn', 'text', 'worlds'],
  algorithms: ['core', 'tensor', 'nn', 'optim', 'text', 'worlds', 'eval'],
  run: ['core', 'processes', 'files', 'tensor', 'nn', 'text', 'eval', 'algorithms'],
  training: [
    'core',
    'processes',
    'files',
    'tensor',
    'nn',
    'optim',
    'worlds',
    'text',
    'datasets',
    'eval',
    'algorithms',
    'run',
  ],
  study: ['core', 'files', 'eval', 'run'],
  report: [
    'core',
    'files',
    'worlds',
    'image',
    'chart',
    'eval',
    'algorithms',
    'run',
    'training',
    'study',
    'arena',
    'redqueen',
  ],
  studio: ['core', 'files', 'corewar', 'redqueen', 'report', 'run', 'study', 'training'],
  plugins: ['core', 'files', 'nn', 'optim', 'worlds', 'algorithms', 'run', 'redqueen', 'training'],
  'index.ts': [
    'core',
    'tensor',
    'nn',
    'optim',
    'worlds',
    'algorithms',
    'run',
    'training',
    'plugins',
    'redqueen',
  ],
  cli: [
    'core',
    'processes',
    'files',
    'tensor',
    'worlds',
    'text',
    'datasets',
    'eval',
    'run',
    'training',
    'study',
    'image',
    'report',
    'corewar',
    'arena',
    'redqueen',
    'plugins',
    'studio',
  ],
};

/** Places that must run in a browser: no `node:` import, no package beyond these. */
const BROWSER = [
  /^core\//,
  /^worlds\//,
  /^corewar\//,
  // The studio's hill is this one.
  /^arena\/hill\.ts$/,
  // Node has no document: linkedom stands in for it there.
  /^chart\/(?!render-chart\.ts)(?!index\.ts)/,
  /^report\/(components\/|section-style\.ts)/,
  /^redqueen\/(ancestry|candidate)\.ts/,
  /^studio\/protocol\.ts/,
  /^tensor\/(?!backends\/(?:\w+\/)?session\/)(?!open-device\.ts)(?!index\.ts)/,
  // A browser trains: models, optimizers, algorithms, and what judges them by tokens.
  /^nn\//,
  /^optim\//,
  /^algorithms\//,
  /^eval\//,
  /^text\/(?:batches|tokenizer)\.ts/,
  /^training\/data\/(?:data|world-data)\.ts/,
];
/** Of those, the ones whose imports must all be among them, too. */
const CLOSED = /^(?:tensor|nn|optim|algorithms|eval)\//;
const BROWSER_PACKAGES = [
  '@observablehq/plot',
  'fastest-levenshtein',
  'onnxruntime-common',
  'pako',
  'preact',
  'zod',
];

type Import = { readonly from: string; readonly to: string };

function listFiles(folder: string, filter: (name: string) => boolean): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(filter)
    .map((name) => name.split(path.sep).join('/'))
    .sort();
}

const sources = listFiles(SRC, (name) => /\.tsx?$/.test(name) && !name.endsWith('.test.ts'));
const kernels = listFiles(KERNELS, (name) => name.endsWith('.ts'));

/** Import and export specifiers of a file, type-only ones included. */
function readImports(folder: string, file: string): string[] {
  const text = readFileSync(path.join(folder, file), 'utf8');
  const statement = /(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s*['"]([^'"]+)['"]/g;
  const bare = /(?:^|\n)\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/g;
  return [
    ...[...text.matchAll(statement)].map((match) => match[1]!),
    ...[...text.matchAll(bare)].map((match) => (match[1] ?? match[2])!),
  ];
}

const imports: Import[] = sources.flatMap((from) =>
  readImports(SRC, from).map((to) => ({
    from,
    to: to.startsWith('.')
      ? path.posix.normalize(path.posix.join(path.posix.dirname(from), to))
      : to,
  })),
);
const inner = imports.filter(({ to }) => sources.includes(to));
const room = (file: string) => file.split('/')[0]!;

describe('architecture', () => {
  test('every relative import names a source file', () => {
    const lost = imports.filter(({ to }) => /\.(tsx?|js)$/.test(to) && !sources.includes(to));
    expect(lost).toEqual([]);
    expect(inner.length).toBeGreaterThan(100);
  });

  test('imports go one way, and every permission is used', () => {
    const wrong = inner.filter(({ from, to }) => {
      const [a, b] = [room(from), room(to)];
      return a !== b && !ALLOWED[a]?.includes(b);
    });
    expect(wrong).toEqual([]);
    expect([...new Set(sources.map(room))].sort()).toEqual(Object.keys(ALLOWED).sort());
    const used = new Set(inner.map(({ from, to }) => `${room(from)} imports ${room(to)}`));
    const allowed = Object.entries(ALLOWED).flatMap(([from, rooms]) =>
      rooms.map((to) => `${from} imports ${to}`),
    );
    expect(allowed.filter((permission) => !used.has(permission))).toEqual([]);
  });

  test('no file imports itself over others', () => {
    const next = new Map<string, string[]>();
    // The derivative of a slice is a pad, and that of a pad a slice: operations call one another, after they are loaded.
    const isOperation = (file: string) => file.startsWith('tensor/operations/');
    for (const { from, to } of inner) {
      if (isOperation(from) && isOperation(to)) continue;
      next.set(from, [...(next.get(from) ?? []), to]);
    }
    const done = new Set<string>();
    const visit = (file: string, trail: readonly string[]): readonly string[] | null => {
      if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file];
      if (done.has(file)) return null;
      for (const to of next.get(file) ?? []) {
        const cycle = visit(to, [...trail, file]);
        if (cycle) return cycle;
      }
      done.add(file);
      return null;
    };
    const cycles = sources.map((file) => visit(file, [])).filter((cycle) => cycle !== null);
    expect(cycles).toEqual([]);
  });

  test(`no file is longer than ${MAX_LINES} lines`, () => {
    const everywhere = ['src', 'kernels', 'test', 'bench', 'scripts', 'recipes'].flatMap((folder) =>
      listFiles(path.join(ROOT, folder), (name) => /\.(tsx?|mjs|js)$/.test(name)).map((name) =>
        path.join(ROOT, folder, name),
      ),
    );
    const long = everywhere
      .map((file) => ({ file, lines: readFileSync(file, 'utf8').split('\n').length - 1 }))
      .filter(({ lines }) => lines > MAX_LINES);
    expect(long).toEqual([]);
  });

  test('what a browser needs imports nothing of Node', () => {
    const outside = imports.filter(
      ({ from, to }) =>
        BROWSER.some((place) => place.test(from)) &&
        !sources.includes(to) &&
        !BROWSER_PACKAGES.includes(to),
    );
    expect(outside).toEqual([]);
    const leaving = inner.filter(
      ({ from, to }) =>
        BROWSER.some((place) => place.test(from)) &&
        CLOSED.test(from) &&
        !BROWSER.some((place) => place.test(to)),
    );
    expect(leaving).toEqual([]);
  });

  test('kernels import only one another, and know neither decorators nor relaxed operations', () => {
    const outside = kernels.flatMap((file) =>
      readImports(KERNELS, file).filter(
        (to) => !kernels.includes(path.posix.join(path.posix.dirname(file), to)),
      ),
    );
    expect(outside).toEqual([]);
    const relaxed = kernels.filter((file) =>
      /^\s*@\w+|relaxed/m.test(readFileSync(path.join(KERNELS, file), 'utf8')),
    );
    expect(relaxed).toEqual([]);
    expect(kernels.length).toBeGreaterThan(10);
  });

  test('every function and value that is exported is named in another file', () => {
    const users = ['src', 'studio', 'test', 'bench', 'scripts', 'recipes', 'bin'].flatMap(
      (folder) =>
        listFiles(path.join(ROOT, folder), (name) => /\.(tsx?|mjs|js)$/.test(name)).map((name) =>
          path.join(ROOT, folder, name),
        ),
    );
    const files = new Map<string, number>();
    for (const file of users) {
      const words = new Set(readFileSync(file, 'utf8').match(/\w+/g));
      for (const word of words) files.set(word, (files.get(word) ?? 0) + 1);
    }
    const exported = /^export (?:async )?(?:function\*?|const|class) (\w+)/gm;
    // What an index exports whole is there for programs that use the library.
    const whole = sources.flatMap((file) =>
      [...readFileSync(path.join(SRC, file), 'utf8').matchAll(/^export \* from '(.*)'/gm)].map(
        ([, to]) => path.posix.join(path.posix.dirname(file), to!),
      ),
    );
    const inside = sources.filter((file) => !whole.includes(file));
    const unused = inside.flatMap((file) =>
      [...readFileSync(path.join(SRC, file), 'utf8').matchAll(exported)]
        .filter(([, name]) => files.get(name!)! < 2)
        .map(([, name]) => `${file}: ${name}`),
    );
    expect(unused).toEqual([]);
  });

  test('there are no default exports, enums or leftovers', () => {
    const marks = /^\s*export default\b|\benum\s+\w+\s*\{|TODO|FIXME|XXX|HACK/m;
    const files = [
      ...sources.map((file) => path.join(SRC, file)),
      ...kernels.map((file) => path.join(KERNELS, file)),
    ];
    const found = files.filter(
      (file) => !file.endsWith('-wasm.ts') && marks.test(readFileSync(file, 'utf8')),
    );
    expect(found).toEqual([]);
  });
});
