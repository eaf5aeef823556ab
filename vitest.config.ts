import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // What takes longer than a commit may: `npm run test:full`.
    exclude: ['test/full/**'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Of three, one often waits for a process that it has started; training sessions have two threads of their own.
    maxWorkers: 3,
    // What is built runs as Node runs it, with workers of its own.
    server: { deps: { external: [/\/dist\//] } },
    reporters: ['default'],
  },
});
