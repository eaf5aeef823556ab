// Compiles kernels/ into src/, src/ into dist/ (joined into few files), and packs the default corpus, a runtime, the script of live charts and the JSON schema
// of recipes there. One command, so that npm's own pre/post hooks are not needed. The new dist/ takes the old one's place when it is
// whole. With --if-stale nothing is done where dist/ was built from the sources that are there.
import { spawnSync } from 'node:child_process';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildKernels } from './build-kernels.mjs';
import { buildLiveCharts } from './build-live-charts.mjs';
import { buildStudio } from './build-studio.mjs';
import { bundle } from './bundle.mjs';
import { packCorpus } from './pack-corpus.mjs';
import { packRuntime } from './pack-runtime.mjs';
import { BUILD_RECORD, explainStaleBuild, hashSources, recordOf } from './source-hashes.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const tscPackage = createRequire(import.meta.url).resolve('typescript/package.json');
const tsc = path.join(path.dirname(tscPackage), 'bin', 'tsc');
const dist = path.join(root, 'dist');
const fresh = `${dist}.${process.pid}.partial`;
const modules = `${dist}.${process.pid}.modules`;

if (!process.argv.includes('--if-stale') || explainStaleBuild(root) !== null) await build();

async function build() {
  // Before anything is read: what changes during the build is newer than it.
  const hashes = hashSources(root);
  await buildKernels();
  try {
    const compiled = spawnSync(
      process.execPath,
      [tsc, '-p', path.join(root, 'tsconfig.json'), '--outDir', modules],
      { stdio: 'inherit' },
    );
    if (compiled.status === 0) {
      await bundle(root, modules, fresh);
      packCorpus(path.join(fresh, 'corpus'), path.join(dist, 'corpus'));
      await buildLiveCharts(root, path.join(fresh, 'chart'));
      await buildStudio(root, path.join(fresh, 'studio'));
      packRuntime(path.join(fresh, 'studio', 'onnxruntime'));
      await writeRecipeSchema(modules, fresh);
      writeFileSync(path.join(fresh, BUILD_RECORD), recordOf(hashes));
      replaceFolder(dist, fresh);
    } else process.exitCode = compiled.status ?? 1;
  } finally {
    for (const folder of [fresh, modules]) rmSync(folder, { recursive: true, force: true });
  }
}

/** What editors complete recipes by: a recipe names the file with `$schema`. */
async function writeRecipeSchema(modules, folder) {
  const load = (file) => import(pathToFileURL(path.join(modules, file)).href);
  const { createRecipeSchema } = await load('cli/recipe-schema.js');
  const { KINDS } = await load('plugins/index.js');
  const text = `${JSON.stringify(createRecipeSchema(KINDS), null, 2)}\n`;
  writeFileSync(path.join(folder, 'recipe.schema.json'), text);
}

/** Puts `fresh` where `folder` is. A build that runs at the same time may have put its own there in between. */
function replaceFolder(folder, fresh) {
  const old = `${folder}.${process.pid}.old`;
  for (let attempt = 1; ; attempt++) {
    try {
      renameIfThere(folder, old);
      renameSync(fresh, folder);
      break;
    } catch (error) {
      if (attempt === 5) throw error;
    } finally {
      rmSync(old, { recursive: true, force: true });
    }
  }
}

function renameIfThere(from, to) {
  try {
    renameSync(from, to);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}
