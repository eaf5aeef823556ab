// The long tests, under an hour: kill sweeps, long fuzzing, statistics of large samples.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/full/**/*.test.ts'],
    globalSetup: ['test/support/require-fresh-build.ts'],
    testTimeout: 1_800_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 20_000 } },
    maxWorkers: 2,
    server: { deps: { external: [/\/dist\//] } },
    reporters: ['default'],
  },
});
