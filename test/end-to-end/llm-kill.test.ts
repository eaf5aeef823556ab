// A process that talks to a model and is killed loses no finished answer: the built package, as a child process.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type LanguageModelServer,
  REPLIES,
  startLanguageModelServer,
} from '../support/language-model-server.ts';

const LLM = pathToFileURL(path.resolve(import.meta.dirname, '../../dist/llm/index.js')).href;
const KEY = 'sk-test-0123456789abcdef';
const COUNT = 60;
const CONCURRENCY = 3;

/** Asks COUNT questions, and prints the number of each that is answered. */
const PROGRAM = `
  import { createLanguageModel } from ${JSON.stringify(LLM)};
  const [baseUrl, cacheDirectory] = process.argv.slice(1);
  const model = createLanguageModel({
    provider: 'openai', model: 'small', baseUrl, apiKeyVariable: 'TEST_KEY', cacheDirectory,
    concurrency: ${CONCURRENCY}, onEvent: (event) => console.error(JSON.stringify(event)),
  });
  await Promise.all(Array.from({ length: ${COUNT} }, async (_, i) => {
    const answer = await model.complete({ messages: [{ role: 'user', content: String(i) }], tag: 'n' + i });
    console.log(i, answer.text, answer.cached);
  }));
`;

let folder: string;
let server: LanguageModelServer;
beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'llm-kill-'));
  server = await startLanguageModelServer(async ({ headers }) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    return REPLIES.text(`echo ${headers.authorization}`);
  });
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

function start(): { child: ChildProcess; output: () => string; lines: () => string[] } {
  const args = ['--input-type=module', '-e', PROGRAM, server.baseUrl, path.join(folder, 'answers')];
  const child = spawn(process.execPath, args, { env: { ...process.env, TEST_KEY: KEY } });
  let [out, err] = ['', ''];
  child.stdout.on('data', (data) => {
    out += data;
  });
  child.stderr.on('data', (data) => {
    err += data;
  });
  return { child, output: () => out + err, lines: () => out.trim().split('\n').filter(Boolean) };
}

it('asks for no finished answer again after kill -9, and shows the key nowhere', async () => {
  const first = start();
  while (server.requests.length < 20) await once(first.child.stdout!, 'data');
  first.child.kill('SIGKILL');
  await once(first.child, 'close');
  const finished = first.lines().map((line) => line.split(' ')[0]!);
  expect(finished.length).toBeGreaterThan(5);
  expect(finished.length).toBeLessThan(COUNT);

  const second = start();
  const [code] = await once(second.child, 'close');
  expect(code, second.output()).toBe(0);
  expect(second.lines().length).toBe(COUNT);

  const contents = server.requests.map(
    ({ json }) => (json!.messages as { content: string }[])[0]!.content,
  );
  for (const number of finished) {
    expect(contents.filter((content) => content === number).length).toBe(1);
    expect(second.lines()).toContain(`${number} echo Bearer [key] true`);
  }
  expect(new Set(contents).size).toBe(COUNT);
  // What was in flight when the process died is asked again; nothing else.
  expect(server.requests.length).toBeLessThanOrEqual(COUNT + CONCURRENCY);

  const answers = path.join(folder, 'answers');
  const files = readdirSync(answers).map(
    (name) => name + readFileSync(path.join(answers, name), 'utf8'),
  );
  expect(files.length).toBe(COUNT);
  expect(files.join('') + first.output() + second.output()).not.toContain(KEY.slice(3));
});
