import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

/** Tests that replace modules, and so need modules of their own. */
const ISOLATED_TESTS = [
  'src/datasets/generate-dataset.test.ts',
  'src/text/corpus-memory.test.ts',
  'src/training/shipped-source.test.ts',
];

/** Tests beside the sources that start processes. */
const PROCESS_TESTS = [
  'src/cli/check-installation.test.ts',
  'src/cli/quote-for-shell.test.ts',
  'src/datasets/formats/formats.test.ts',
  'src/datasets/formats/hostile.test.ts',
  'src/datasets/open-dataset.test.ts',
  'src/datasets/pickle.test.ts',
  'src/datasets/token-files/open-token-files.test.ts',
  'src/datasets/verify-dataset.test.ts',
  'src/files/compression/decompress.test.ts',
  'src/files/limited-worker.test.ts',
  'src/files/read-file.test.ts',
  'src/files/watch-lock.test.ts',
  'src/report/hill-report.test.ts',
  'src/run/evaluate-recipe.test.ts',
  'src/run/load-recipe.test.ts',
  'src/run/provenance.test.ts',
  'src/run/run-folder.test.ts',
  'src/studio/jobs/job-queue.test.ts',
  'src/studio/jobs/job-routes.test.ts',
  'src/study/executors/child-processes.test.ts',
  'src/study/executors/slurm-processes.test.ts',
  'src/text/hostile-tokenizers.test.ts',
  'src/text/parquet-texts.test.ts',
  'src/text/read-tokenizer-json.test.ts',
  'src/text/text-formats.test.ts',
  'src/training/data/dataset-data.test.ts',
];

export default defineConfig({
  test: {
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Of three, one often waits for a process that it has started; training sessions have two threads of their own.
    maxWorkers: 3,
    // What one project has transformed serves the others.
    experimental: { fsModuleCache: true },
    // What is built runs as Node runs it, with workers of its own.
    server: { deps: { external: [/\/dist\//] } },
    // By default a second, which a browser on a busy machine may take.
    expect: { poll: { timeout: 20_000 } },
    globalSetup: ['test/support/use-memory-folder.ts'],
    sequence: { sequencer: LongestFirst },
    reporters: ['default'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'test/architecture/**/*.test.ts'],
          exclude: [...PROCESS_TESTS, ...ISOLATED_TESTS],
          // Modules are loaded once per worker instead of once per file: half of the time that these tests take.
          isolate: false,
          setupFiles: ['test/support/refuse-processes.ts'],
          globalSetup: ['test/support/mention-stale-build.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'process',
          include: ['test/**/*.test.ts', ...PROCESS_TESTS],
          // What takes longer than a commit may: `npm run test:full`.
          exclude: ['test/full/**', 'test/architecture/**'],
          isolate: false,
          globalSetup: ['test/support/require-fresh-build.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'isolated',
          include: ISOLATED_TESTS,
          globalSetup: ['test/support/require-fresh-build.ts'],
        },
      },
    ],
  },
});
