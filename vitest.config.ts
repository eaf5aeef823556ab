import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // What takes longer than a commit may: `npm run test:full`.
    exclude: ['test/full/**'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Each training session already uses two threads; more workers would only contend for the cores.
    maxWorkers: 2,
    // What is built runs as Node runs it, with workers of its own.
    server: { deps: { external: [/\/dist\//] } },
    reporters: ['default'],
  },
});
