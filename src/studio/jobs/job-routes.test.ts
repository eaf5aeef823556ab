import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { REGISTRIES } from '../../training/index.ts';
import { createApp } from '../create-app.ts';
import { FolderIndex } from '../folder-index.ts';
import { JobQueue } from './job-queue.ts';

const TOKEN = 'token';

let folder: string;
let index: FolderIndex;
let queue: JobQueue;
const at = (name: string) => path.join(folder, name);

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-studio-'));
  mkdirSync(at('runs/done'), { recursive: true });
  writeFileSync(at('runs/done/run.json'), '{"format":2,"kind":"training"}');
  writeFileSync(at('runs/done/summary.json'), '{}');
  writeFileSync(at('program.mjs'), "console.error(process.argv.slice(2).join('|'))");
  index = new FolderIndex([at('runs')]);
  await index.refresh();
  queue = new JobQueue({ program: at('program.mjs') });
});
afterEach(async () => {
  await queue.close();
  index.close();
  rmSync(folder, { recursive: true, force: true });
});

function post(
  address: string,
  body: unknown,
  { readOnly = false, type = 'application/json' }: { readOnly?: boolean; type?: string } = {},
) {
  const app = createApp({
    index,
    kindsOf: () => REGISTRIES,
    queue: readOnly ? null : queue,
    folder: at('runs'),
    assets: at('assets'),
    token: TOKEN,
    readOnly,
  });
  return app.request(`http://localhost${address}`, {
    method: 'POST',
    headers: { host: 'localhost', 'x-studio-token': TOKEN, 'content-type': type },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}
const start = (changes: object = {}) =>
  post('/api/jobs/start', { recipe: { name: 'nca-tiny' }, settings: [], name: 'a', ...changes });

test('starts a recipe with settings in a new folder', async () => {
  const answer = await start({ settings: ['stages.text.steps=7', 'seed=3'] });
  expect(answer.status).toBe(200);
  await expect
    .poll(() => queue.list()[0]!.message)
    .toBe(`train|nca-tiny|--out|${at('runs/a')}|--set|stages.text.steps=7|seed=3`);
  await start({ recipe: { name: 'drq-tiny' }, name: 'race' });
  expect(queue.list()[0]!.command).toBe(`primordia drq drq-tiny --out ${at('runs/race')}`);
});

test.each([
  ['what a recipe refuses', { settings: ['stages.text.steps=-1'] }, 422, 'stages.text.steps'],
  ['a recipe that is none', { recipe: { name: '../../etc/passwd' } }, 422, 'there is no recipe'],
  ['a run that is none', { recipe: { id: '../../etc' } }, 422, 'not there any more'],
  ['code', { settings: ['plugins=["./evil.js"]'] }, 422, 'plugins are code'],
  ['a folder outside', { name: '../elsewhere' }, 400, 'name: '],
  ['a hidden folder', { name: '.hidden' }, 400, 'name: '],
  ['a folder that is there', { name: 'done' }, 422, 'there is a folder done already'],
  ['other keys', { more: 1 }, 400, 'more'],
  ['too many settings', { settings: new Array(501).fill('a=1') }, 400, 'settings'],
])('refuses %s in a sentence', async (_, changes, status, message) => {
  const answer = await start(changes);
  expect(answer.status).toBe(status);
  expect((await answer.json()).error).toContain(message);
  expect(queue.list()).toEqual([]);
});

test('refuses giant requests, and those that a form of another page could send', async () => {
  const giant = await post(
    '/api/notes',
    JSON.stringify({ id: '0/done', note: 'x'.repeat(1 << 20) }),
  );
  expect(giant.status).toBe(413);
  const form = await post('/api/jobs/stop', '{"id":"0/done"}', { type: 'text/plain' });
  expect(form.status).toBe(415);
  expect((await post('/api/jobs/stop', 'no json')).status).toBe(400);
});

test('refuses everything where nothing may be changed', async () => {
  const answer = await post('/api/notes', { id: '0/done', tags: [], note: '' }, { readOnly: true });
  expect(answer.status).toBe(405);
});

test('resumes what was stopped, and nothing else', async () => {
  const resume = (id: string) => post('/api/jobs/resume', { id });
  const finished = await resume('0/done');
  expect([finished.status, (await finished.json()).error]).toEqual([
    422,
    'runs/done is finished: there is nothing to resume',
  ]);
  rmSync(at('runs/done/summary.json'));
  await index.refresh();
  expect((await resume('0/done')).status).toBe(200);
  await expect.poll(() => queue.list()[0]!.message).toBe(`resume|${at('runs/done')}`);
  expect((await post('/api/jobs/stop', { id: '0/done' })).status).toBe(422);
});

test('keeps tags and a note in the folder of the run', async () => {
  const notes = { id: '0/done', tags: [' good ', 'good', ''], note: '<b>loud</b>' };
  expect((await post('/api/notes', notes)).status).toBe(200);
  expect(JSON.parse(readFileSync(at('runs/done/notes.json'), 'utf8'))).toEqual({
    tags: ['good'],
    note: '<b>loud</b>',
  });
  expect(index.facts('0/done')!.tags).toEqual(['good']);
  expect((await post('/api/notes', { ...notes, tags: new Array(21).fill('a') })).status).toBe(400);
});
