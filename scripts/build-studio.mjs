// Bundles the studio's application into dist/studio.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { writeLicenses } from './write-licenses.mjs';

/** Without the runtime of models. */
const MAX_GZIP_BYTES = 1_500_000;

/**
 * @param root the folder of the project
 * @param folder where the pages go
 */
export async function buildStudio(root, folder) {
  const modules = new Set();
  const collect = {
    name: 'collect-modules',
    moduleParsed: ({ id }) => {
      modules.add(id);
    },
  };
  await build({
    configFile: false,
    logLevel: 'warn',
    root: path.join(root, 'studio'),
    base: './',
    publicDir: false,
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    // A worker may load parts of itself later.
    worker: { format: 'es', plugins: () => [collect], rolldownOptions: { onwarn: warn } },
    plugins: [collect],
    build: {
      outDir: folder,
      emptyOutDir: true,
      target: 'es2022',
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
      rolldownOptions: {
        onwarn: warn,
        output: { entryFileNames: 'studio-[hash].js', assetFileNames: 'studio-[hash][extname]' },
      },
    },
  });
  writeLicenses(modules, path.join(folder, 'LICENSES.txt'));
  const sizes = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => gzipSync(readFileSync(path.join(entry.parentPath, entry.name))).length);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  if (bytes > MAX_GZIP_BYTES) {
    throw new Error(`the studio has ${bytes} bytes, gzipped; ${MAX_GZIP_BYTES} are allowed`);
  }
}

/** Of a package's comments that the bundler does not understand nothing is said. */
function warn(warning, tell) {
  if (warning.code !== 'INVALID_ANNOTATION') tell(warning);
}
