import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { REGISTRIES as KINDS } from '../training/index.ts';
import { createApp } from './create-app.ts';
import { FolderIndex } from './folder-index.ts';
import type { StudioEvent } from './protocol.ts';

const TOKEN = 'token';
let folder: string;
let index: FolderIndex;
const at = (name: string) => path.join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-studio-'));
  mkdirSync(at('assets'));
  writeFileSync(at('assets/index.html'), '<!doctype html><title>studio</title>');
  writeFileSync(at('assets/studio-1a.js'), 'export {};');
  writeFileSync(at('secret.json'), '{"secret":1}');
  index = new FolderIndex([at('runs')], { findEveryMs: 0, lookEveryMs: 10 });
});
afterEach(() => {
  index.close();
  rmSync(folder, { recursive: true, force: true });
});

function writeRun(place: string, files: Record<string, unknown> = {}): void {
  mkdirSync(at(place), { recursive: true });
  const stages = { first: { steps: 10 }, second: { steps: 30 } };
  const all = {
    'run.json': { format: 2, kind: 'training' },
    'recipe.json': { name: 'tiny', seed: 3, stages },
    ...files,
  };
  for (const [name, value] of Object.entries(all)) {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    writeFileSync(at(`${place}/${name}`), text);
  }
}

const ROWS = [
  { stage: 'first', step: 0, heldOutLoss: 5 },
  { stage: 'first', step: 10, tokens: 100, loss: 4 },
  { stage: 'second', step: 0, heldOutLoss: 3 },
  { stage: 'second', step: 6, tokens: 60, loss: 2, tokensPerSecond: 1000 },
];
const lines = (rows: readonly unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

function ask(address: string, headers: Record<string, string> = {}, method = 'GET') {
  const app = createApp({
    index,
    kindsOf: () => KINDS,
    queue: null,
    folder: at('runs'),
    assets: at('assets'),
    token: TOKEN,
    readOnly: true,
  });
  return app.request(`http://localhost${address}`, {
    method,
    headers: { host: 'localhost', 'x-studio-token': TOKEN, ...headers },
  });
}

test('runs with their states, how far they are, and what belongs to a study', async () => {
  writeRun('runs/done', { 'metrics.jsonl': lines(ROWS), 'summary.json': {} });
  writeRun('runs/stopped', { 'metrics.jsonl': `${lines(ROWS)}{"stage":"sec` });
  const holder = { host: hostname(), space: null, pid: 2 ** 22 + 1, started: null, token: 1 };
  writeRun('runs/killed', { 'run.lock': { ...holder, host: undefined } });
  writeRun('runs/odd', { 'run.json': '{"kind": ' });
  writeRun('runs/a-study/jobs/one', { 'summary.json': {} });
  writeFileSync(at('runs/a-study/run.json'), '{"format":2,"kind":"study"}');
  writeFileSync(at('runs/a-study/study.json'), '{"name":"a study"}');
  // What somebody wrote to run is not a run.
  writeFileSync(at('runs/study.json'), '{"name":"mine"}');
  writeFileSync(at('runs/recipe.json'), '{"name":"mine"}');
  await index.refresh();
  const found = Object.fromEntries(index.list().map((facts) => [facts.place, facts]));
  expect(Object.keys(found).sort()).toEqual([
    'runs/a-study',
    'runs/a-study/jobs/one',
    'runs/done',
    'runs/killed',
    'runs/odd',
    'runs/stopped',
  ]);
  expect(found['runs/done']).toMatchObject({
    kind: 'training',
    state: 'finished',
    recipe: 'tiny',
    seed: 3,
    stage: 'second',
    step: 16,
    steps: 40,
    loss: 3,
    spark: [5, 3],
    tokensPerSecond: 1000,
  });
  expect(found['runs/stopped']).toMatchObject({ state: 'stopped', step: 16 });
  expect(found['runs/killed']).toMatchObject({ state: 'killed', step: null, loss: null });
  expect(found['runs/odd']).toMatchObject({ state: 'damaged' });
  expect(found['runs/a-study']).toMatchObject({ kind: 'study', parent: null });
  expect(found['runs/a-study/jobs/one']!.parent).toBe(found['runs/a-study']!.id);
});

test('links are not followed, and no id leads outside', async () => {
  writeRun('elsewhere/run');
  writeRun('runs/one');
  symlinkSync(at('elsewhere'), at('runs/link'));
  await index.refresh();
  expect(index.list().map(({ place }) => place)).toEqual(['runs/one']);
  for (const id of ['0/../elsewhere/run', '0/link/run', '../secret.json', '', '0/one/..']) {
    expect((await ask(`/api/run?id=${encodeURIComponent(id)}`)).status, id).toBe(404);
  }
  expect((await ask('/api/run?id=0/one')).status).toBe(200);
});

test('rows that are appended are read from where the last answer ended', async () => {
  writeRun('runs/one', { 'metrics.jsonl': lines(ROWS.slice(0, 2)) });
  await index.refresh();
  const read = async (from: number) => (await ask(`/api/metrics?id=0/one&from=${from}`)).json();
  const first = await read(0);
  expect(first).toMatchObject({ rows: ROWS.slice(0, 2), isCut: false });
  const [line] = lines(ROWS.slice(2, 3)).split('\n');
  appendFileSync(at('runs/one/metrics.jsonl'), line!.slice(0, 9));
  expect(await read(first.next)).toEqual({ rows: [], next: first.next, isCut: false });
  appendFileSync(at('runs/one/metrics.jsonl'), `${line!.slice(9)}\nnot a row\n`);
  const second = await read(first.next);
  expect(second.rows).toEqual(ROWS.slice(2, 3));
  // A resumed run cuts its rows back.
  writeFileSync(at('runs/one/metrics.jsonl'), lines(ROWS.slice(0, 1)));
  expect(await read(second.next)).toEqual({ rows: [], next: 0, isCut: true });
  for (const from of ['-1', '1.5', 'x', '1e99']) {
    expect((await ask(`/api/metrics?id=0/one&from=${from}`)).status).toBe(400);
  }
});

test('events tell of everything at first, then of what changes', async () => {
  writeRun('runs/one');
  const response = await ask('/api/events');
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  const next = async (): Promise<StudioEvent> => {
    while (!rest.includes('\n')) rest += (await reader.read()).value;
    const [line, ...others] = rest.split('\n');
    rest = others.join('\n');
    return JSON.parse(line!);
  };
  const places = async () => {
    const event = await next();
    if (event.kind !== 'folders') throw new Error(event.kind);
    return [event.changed.map(({ place }) => place), event.removed];
  };
  expect(await places()).toEqual([['runs/one'], []]);
  expect(await next()).toEqual({ kind: 'jobs', jobs: null });
  // At once, so that no look finds half of it.
  writeRun('two');
  renameSync(at('two'), at('runs/two'));
  expect(await places()).toEqual([['runs/two'], []]);
  renameSync(at('runs/one'), at('one'));
  expect(await places()).toEqual([[], ['0/one']]);
  await reader.cancel();
});

test('a run that is removed is told as removed, not as damaged, however seldom folders are looked for', async () => {
  writeRun('runs/one');
  const seldom = new FolderIndex([at('runs')], { findEveryMs: 3_600_000, lookEveryMs: 10 });
  try {
    await seldom.ready();
    const events: StudioEvent[] = [];
    seldom.listen((event) => events.push(event));
    renameSync(at('runs/one'), at('one'));
    await expect.poll(() => events.length).toBeGreaterThan(0);
    expect(events).toEqual([{ kind: 'folders', changed: [], removed: ['0/one'], isCut: false }]);
  } finally {
    seldom.close();
  }
});

test('without the token there is no data, and every answer has the policy', async () => {
  writeRun('runs/one');
  await index.refresh();
  const answers = [
    await ask('/api/run?id=0/one', { 'x-studio-token': '' }),
    await ask('/api/events', { origin: 'https://evil.example' }),
    await ask('/api/metrics?id=0/one', { host: 'evil.example' }),
    await ask('/api/run?id=0/one', {}, 'POST'),
    await ask('/api/nothing'),
  ];
  expect(answers.map(({ status }) => status)).toEqual([401, 403, 403, 405, 404]);
  for (const answer of [...answers, await ask('/'), await ask('/none.js')]) {
    const policy = answer.headers.get('content-security-policy')!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval';");
    expect(policy).toContain("style-src 'self';");
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  }
});

test('pages are files of one folder', async () => {
  expect(await (await ask('/')).text()).toContain('<title>studio</title>');
  expect((await ask('/studio-1a.js')).headers.get('content-type')).toMatch(/javascript/);
  const outside = [
    '/../secret.json',
    '/%2e%2e/secret.json',
    '/..%2fsecret.json',
    '/a/../../secret.json',
  ];
  for (const address of outside) {
    expect(await (await ask(address)).text(), address).not.toContain('secret"');
  }
});

test('names with markup stay text in JSON', async () => {
  writeRun('runs/<img src=x onerror=alert(1)>');
  await index.refresh();
  const [facts] = index.list();
  expect(facts!.place).toBe('runs/<img src=x onerror=alert(1)>');
  const answer = await ask(`/api/run?id=${encodeURIComponent(facts!.id)}`);
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
});
