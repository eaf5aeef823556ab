// Joins the compiled modules into few files: Node loads one module in about a millisecond, and a command needs five hundred.
// What is loaded by name stays a file of that name: public exports, programs, workers. All share the chunks, so that
// there is one copy of everything in a process, whoever imports it.
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { writeLicenses } from './write-licenses.mjs';

/** All code lies here, so that a module's place among the sources is found from any chunk in the same way. */
const CHUNKS = 'chunks';

/** Packages of hundreds of modules, which take longer to load than a short run to compute: each becomes one file. */
const JOINED_PACKAGES = ['@observablehq/plot', 'linkedom'];
/** What a joined package looks for and can do without. */
const OPTIONAL_PACKAGES = ['canvas'];

const PROGRAMS = ['cli/main.js', 'cli/pmars/main.js'];

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
  'processes/index.js',
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
  await joinPackages(root, path.join(folder, CHUNKS));
  await build({
    entryPoints: [...entries].map((file) => ({
      in: path.join(compiled, file),
      out: nameOf(file).replace(/\.js$/, ''),
    })),
    outdir: path.join(folder, CHUNKS),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    chunkNames: '[name]-[hash]',
    sourcemap: 'linked',
    // The sources are shipped beside it.
    sourcesContent: false,
    logLevel: 'warning',
    plugins: [keepModuleUrls(compiled), useJoinedPackages()],
  });
  for (const file of entries) {
    const stub = path.join(folder, file);
    mkdirSync(path.dirname(stub), { recursive: true });
    const up = path.posix.relative(path.posix.dirname(file), CHUNKS);
    const chunk = up.startsWith('.') ? up : `./${up}`;
    writeFileSync(stub, `export * from '${chunk}/${nameOf(file)}';\n`);
  }
  for (const file of files.filter((one) => /\.d\.ts(\.map)?$/.test(one))) {
    cpSync(path.join(compiled, file), path.join(folder, file));
  }
}

/** Writes each package with all that it needs into one file, and their licenses beside it. */
async function joinPackages(root, folder) {
  const { metafile } = await build({
    entryPoints: JOINED_PACKAGES.map((name) => ({ in: name, out: packageFile(name) })),
    absWorkingDir: root,
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: OPTIONAL_PACKAGES,
    metafile: true,
    logLevel: 'warning',
  });
  const files = Object.keys(metafile.inputs).map((file) => path.resolve(root, file));
  writeLicenses(files, path.join(folder, 'LICENSES.txt'));
}

function packageFile(name) {
  return `package-${name.replace('@', '').replaceAll('/', '-')}`;
}

/** Our chunks load the joined packages, which lie beside them. */
function useJoinedPackages() {
  return {
    name: 'use-joined-packages',
    setup({ onResolve }) {
      const filter = new RegExp(`^(${JOINED_PACKAGES.join('|')})$`);
      onResolve({ filter }, ({ path: name }) => ({
        path: `./${packageFile(name)}.mjs`,
        external: true,
      }));
    },
  };
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

/** The chunk of a file that is loaded by name. */
function nameOf(file) {
  return file.replaceAll('/', '.');
}

/** `import.meta.url` stays the place that a module has among the sources, wherever its code goes: files are found by it. */
function keepModuleUrls(compiled) {
  return {
    name: 'keep-module-urls',
    setup({ onLoad }) {
      onLoad({ filter: /\.js$/ }, ({ path: file }) => {
        const code = readFileSync(file, 'utf8');
        if (!code.includes('import.meta.url')) return undefined;
        const place = `../${path.relative(compiled, file).replaceAll('\\', '/')}`;
        return {
          contents: code.replaceAll('import.meta.url', `new URL('${place}', import.meta.url).href`),
          loader: 'js',
        };
      });
    },
  };
}
