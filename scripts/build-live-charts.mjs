// Bundles what makes charts of a page live into one file, which reports hold inline.
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { build } from 'vite';
import { writeLicenses } from './write-licenses.mjs';

/** Every report carries it: more than this would be felt. */
const MAX_BYTES = 400_000;

/**
 * @param root the folder of the project
 * @param folder where `live.js` goes
 */
export async function buildLiveCharts(root, folder) {
  const modules = new Set();
  await build({
    configFile: false,
    logLevel: 'warn',
    root,
    publicDir: false,
    plugins: [
      {
        name: 'collect-modules',
        moduleParsed: ({ id }) => {
          modules.add(id);
        },
      },
    ],
    build: {
      outDir: folder,
      emptyOutDir: false,
      target: 'es2022',
      copyPublicDir: false,
      lib: {
        entry: path.join(root, 'src', 'chart', 'live', 'main.ts'),
        formats: ['iife'],
        name: 'liveCharts',
        fileName: () => 'live.js',
      },
    },
  });
  writeLicenses(modules, path.join(folder, 'LICENSES.txt'));
  const file = path.join(folder, 'live.js');
  const { size } = statSync(file);
  if (size > MAX_BYTES) throw new Error(`${file} has ${size} bytes; ${MAX_BYTES} are allowed`);
  // It stands between script tags, which such text would end.
  if (/<\/script|<!--/i.test(readFileSync(file, 'utf8'))) {
    throw new Error(`${file} holds text that ends a script of a page`);
  }
}
