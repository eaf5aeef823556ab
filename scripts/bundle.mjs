// Joins the compiled modules into few files: Node loads one module in about a millisecond, and a command needs five hundred.
// What is loaded by name stays a file of that name: public exports, programs, workers. All share the chunks, so that
// there is one copy of everything in a process, whoever imports it.
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { rollup } from 'rollup';

const PROGRAMS = ['cli/main.js', 'cli/pmars/main.js'];

/** The compiler's helper for `using` asks for `this` and does without; operations name each other in their derivatives. */
const HARMLESS = ['THIS_IS_UNDEFINED', 'CIRCULAR_DEPENDENCY'];

/** What scripts of tests load, in processes of their own, beyond the public exports. */
const FOR_TESTS = [
  'arena/tune/parse-constants.js',
  'arena/tune/tune-file.js',
  'cli/model-source.js',
  'cli/run-command-line.js',
  'core/errors.js',
  'core/registry.js',
  'files/limited-worker.js',
  'files/lock.js',
  'files/serve-calls.js',
  'llm/completion-cache.js',
  'llm/spending-gate.js',
  'run/artifacts.js',
  'run/checkpoint.js',
  'run/evaluate-recipe.js',
  'run/learner-checkpoint.js',
  'study/executors/slurm.js',
  'study/executors/child-processes.js',
  'study/study-state.js',
  'training/data/read-images.js',
];

/**
 * @param root the folder of the project
 * @param compiled the folder of the compiled modules and their declarations
 * @param folder where the bundle and the declarations go
 */
export async function bundle(root, compiled, folder) {
  const files = readdirSync(compiled, { recursive: true }).map((file) =>
    file.replaceAll('\\', '/'),
  );
  const modules = files.filter((file) => file.endsWith('.js'));
  const entries = new Set([
    ...publicExports(root),
    ...PROGRAMS,
    ...modules.flatMap((file) => loadedByName(path.join(compiled, file))),
    ...FOR_TESTS,
  ]);
  const build = await rollup({
    input: Object.fromEntries(
      [...entries].map((file) => [file.replace(/\.js$/, ''), path.join(compiled, file)]),
    ),
    external: (id) => !/^[./]/.test(id) && !path.isAbsolute(id),
    preserveEntrySignatures: 'strict',
    onwarn: (warning) => {
      if (!HARMLESS.includes(warning.code)) throw new Error(warning.message);
    },
    plugins: [withSourceMaps(), withModuleUrls(compiled)],
  });
  await build.write({
    dir: folder,
    format: 'es',
    sourcemap: true,
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
    hoistTransitiveImports: false,
    // The sources are shipped beside it.
    sourcemapExcludeSources: true,
  });
  await build.close();
  for (const file of files.filter((one) => /\.d\.ts(\.map)?$/.test(one))) {
    cpSync(path.join(compiled, file), path.join(folder, file));
  }
}

function publicExports(root) {
  const { exports } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  return Object.values(exports).flatMap(({ default: file }) =>
    file?.endsWith('.js') ? [file.replace('./dist/', '')] : [],
  );
}

/** Whoever starts a worker names its built file, for when it is itself run from source. */
function loadedByName(file) {
  const names = readFileSync(file, 'utf8').matchAll(/'(?:\.\.\/)+dist\/([\w/-]+\.js)'/g);
  return [...names].map(([, name]) => name).filter((name) => name !== 'chart/live.js');
}

/** Maps of the chunks lead to the sources instead of the compiled modules. */
function withSourceMaps() {
  return {
    name: 'source-maps',
    load: (id) => ({ code: readFileSync(id, 'utf8'), map: readFileSync(`${id}.map`, 'utf8') }),
  };
}

/** `import.meta.url` stays the place that a module has among the sources, wherever its code goes: files are found by it. */
function withModuleUrls(compiled) {
  return {
    name: 'module-urls',
    resolveImportMeta(property, { chunkId, moduleId }) {
      if (property !== 'url') return null;
      const own = path.relative(compiled, moduleId).replaceAll('\\', '/');
      if (own === chunkId) return 'import.meta.url';
      const place = path.posix.relative(path.posix.dirname(chunkId), own);
      return `new URL('${place}', import.meta.url).href`;
    },
  };
}
