// Plugins on the command line: listed, raced with, gone on with, and refused where they have changed.

import { appendFileSync, cpSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runInProcess, startCommand, withFolder } from '../support/command-line.ts';
import { expectInPage } from '../support/page-text.ts';

const EXAMPLES = fileURLToPath(new URL('../../examples/plugins', import.meta.url));

test('list shows kinds, their keys and recipes, those of plugins included', async () => {
  await withFolder(async (folder) => {
    cpSync(EXAMPLES, path.join(folder, 'mine'), { recursive: true });
    const list = async (...args: string[]) => {
      const { code, stdout, stderr } = await runInProcess(['list', ...args], { cwd: folder });
      return { code, stderr, text: stdout, json: () => JSON.parse(stdout) };
    };
    const everything = (await list('--json')).json();
    expect(everything.models).toContain('llama');
    expect(everything.recipes).toContain('quickstart');
    const worlds = (await list('worlds', '--plugin', 'mine/selective-copy.js', '--json')).json();
    const last = worlds.kinds.at(-1);
    expect([last.kind, last.plugin, worlds.kinds[0].plugin]).toEqual([
      'my-selective-copy',
      true,
      false,
    ]);
    const copy = (
      await list('data', 'my-selective-copy', '--plugin', 'mine/selective-copy.js', '--json')
    ).json();
    expect(copy.options).toEqual([
      expect.objectContaining({ key: 'symbols', type: 'integer ≥ 2', default: 8, required: false }),
      expect.objectContaining({ key: 'items', description: expect.stringContaining('Symbols') }),
    ]);
    const nca = await list('worlds', 'nca');
    expect(nca.text).toMatch(
      /^band\.low +Lower bound of what is kept\. Of kind absolute and percentile\./m,
    );
    const recipe = (await list('recipes', 'mine/race.js')).json();
    expect(recipe).toMatchObject({ name: 'race', mutator: { kind: 'nudge', reach: 12 } });
    for (const name of ['nca-tiny', 'smt-tiny', 'smt-vs-bptt', 'nca-controls', 'drq-tiny']) {
      const { $schema, name: own } = (await list('recipes', name)).json();
      expect([$schema, own]).toEqual(['./node_modules/primordia/dist/recipe.schema.json', name]);
    }
    // The schema of the package does not know what plugins define.
    expect(recipe.$schema).toBeUndefined();
    const schema = readFileSync(new URL('../../dist/recipe.schema.json', import.meta.url), 'utf8');
    expect((await list('schema')).text).toBe(schema);
    const unknown = await list('worlds', 'nka');
    expect([unknown.code, unknown.stderr]).toEqual([
      1,
      expect.stringContaining("did you mean 'nca'?"),
    ]);
    expect((await list('modles')).stderr).toContain("Did you mean 'models'?");
  });
});

test('a race by a plugin is recorded with it, moves with it, and refuses to go on with another', async () => {
  await withFolder(async (folder) => {
    cpSync(EXAMPLES, path.join(folder, 'mine'), { recursive: true });
    const primordia = (...args: string[]) => runInProcess(args, { cwd: folder });
    const settings = ['simulations=3', 'core.setting=tiny', 'opponents.last=3'];
    const race = ['drq', 'mine/race.js', '--set', ...settings, '--out', 'runs/race'];
    const { code, stderr } = await primordia(...race);
    expect([code, stderr]).toEqual([0, '']);
    const read = (name: string) =>
      JSON.parse(readFileSync(path.join(folder, 'runs/race', name), 'utf8'));
    expect(read('recipe.json').plugins).toEqual(['../../mine/nudge.js']);
    expect(read('provenance.json').plugins).toEqual([
      expect.objectContaining({
        entry: 'nudge.js',
        files: [expect.objectContaining({ file: 'nudge.js' })],
      }),
    ]);
    const made = readFileSync(path.join(folder, 'runs/race/candidates.jsonl'), 'utf8');
    expect(made).toContain('"mutator":"nudge"');
    const again = await primordia('drq', 'resume', 'runs/race');
    expect([again.code, again.stderr]).toEqual([0, '']);
    // A report needs the plugin no more.
    renameSync(path.join(folder, 'mine'), path.join(folder, 'moved'));
    expect((await primordia('drq', 'report', 'runs/race')).code).toBe(0);
    const lost = await primordia('drq', 'resume', 'runs/race');
    expect(lost.stderr).toContain('there is no plugin');
    const found = await primordia('drq', 'resume', 'runs/race', '--plugin', 'moved/nudge.js');
    expect([found.code, found.stderr]).toEqual([0, '']);
    appendFileSync(path.join(folder, 'moved/nudge.js'), '// changed\n');
    const changed = await primordia('drq', 'resume', 'runs/race', '--plugin', 'moved/nudge.js');
    expect(changed.code).toBe(1);
    expect(changed.stderr).toContain(
      'the plugin nudge.js is not what the run began with: nudge.js has changed',
    );
  });
});

test('--plugin adds to what a recipe names, and a kind without its plugin is unknown', async () => {
  await withFolder(async (folder) => {
    cpSync(EXAMPLES, path.join(folder, 'mine'), { recursive: true });
    const small = [
      '--rounds',
      '1',
      '--iterations',
      '3',
      '--set',
      'simulations=2',
      'mutator.kind=nudge',
    ];
    const start = (...args: string[]) =>
      runInProcess(['drq', 'drq-tiny', ...small, ...args], { cwd: folder });
    const without = await start('--out', 'none');
    expect(without.stderr).toContain("mutator.kind: there is no kind 'nudge'");
    const { code, stderr } = await start('--out', 'one', '--plugin', 'mine/nudge.js');
    expect([code, stderr]).toEqual([0, '']);
    const recipe = JSON.parse(readFileSync(path.join(folder, 'one/recipe.json'), 'utf8'));
    expect(recipe.plugins).toEqual(['../mine/nudge.js']);
  });
});

test('a run and a study of plugins alone train, move and resume with them, and with no others', async () => {
  await withFolder(async (folder) => {
    let lab = path.join(folder, 'lab');
    cpSync(EXAMPLES, path.join(lab, 'mine'), { recursive: true });
    const primordia = async (...args: string[]) => {
      const { code, stderr, stdout } = await runInProcess(args, { cwd: lab });
      return { code, stderr, stdout };
    };
    const read = (name: string) => readFileSync(path.join(lab, name), 'utf8');
    const few = ['heldOutSequences=16', 'rollout.sequences=16'];
    const short = [
      'stages.gradients.steps=6',
      'stages.evolution.steps=2',
      'stages.evolution.algorithm.pairs=2',
    ];
    const train = ['train', 'mine/experiment.js', '--set', ...few, ...short, '--out', 'run'];
    expect(await primordia(...train)).toMatchObject({ code: 0, stderr: '' });
    const names = ['min-gru.js', 'selective-copy.js', 'evolution-strategies.js', 'lion.js'];
    expect(JSON.parse(read('run/recipe.json')).plugins).toEqual(
      names.map((name) => `../mine/${name}`),
    );
    const { plugins } = JSON.parse(read('run/provenance.json'));
    expect(plugins.map(({ entry }: { entry: string }) => entry)).toEqual(names);
    const settings = ['stages.gradients.steps=4', ...few].map((setting) => `base.${setting}`);
    const study = ['study', 'mine/study.js', '--set', ...settings, '--out', 'study'];
    study.push('--plugin', 'mine/nudge.js');
    // Here; what is resumed below runs in a process of its own.
    expect(await primordia(...study, '--executor', 'in-process')).toMatchObject({
      code: 0,
      stderr: '',
    });
    for (const name of ['study.json', 'plan.json', 'provenance.json']) {
      expect(read(`study/${name}`)).not.toContain(folder);
    }
    expect(read('study/study.json')).toContain('../mine/nudge.js');
    // The runs go elsewhere with their plugins.
    renameSync(path.join(folder, 'lab'), path.join(folder, 'moved'));
    lab = path.join(folder, 'moved');
    rmSync(path.join(lab, 'study/jobs/cells/min-gru/seed-1'), { recursive: true });
    for (const place of ['run', 'study']) {
      expect(await primordia('resume', place), place).toMatchObject({ code: 0, stderr: '' });
      expect(await primordia('report', place), place).toMatchObject({ code: 0, stderr: '' });
    }
    expect(await primordia('sample', 'run')).toMatchObject({ code: 0, stderr: '' });
    appendFileSync(path.join(lab, 'mine/lion.js'), '// changed\n');
    for (const args of [['resume', 'run'], ['resume', 'study'], study]) {
      const { code, stderr } = await primordia(...args);
      expect([args, code]).toEqual([args, 1]);
      expect(stderr).toContain(
        'the plugin lion.js is not what the run began with: lion.js has changed',
      );
    }
    // Reports do without them, and say so.
    const whole = read('study/report.html');
    renameSync(path.join(lab, 'mine'), path.join(lab, 'gone'));
    for (const place of ['run', 'study']) {
      const shown = await primordia('report', place);
      expect([shown.code, shown.stderr]).toEqual([0, '']);
      expect(shown.stdout).toContain('the plugin min-gru.js was not found');
      expectInPage(read(`${place}/report.html`), 'my-selective-copy');
    }
    const headline = (page: string) => /<h1[^>]*>(.*?)<\/h1>/s.exec(page)![1];
    expect(headline(read('study/report.html'))).toBe(headline(whole));
  });
});

test('list schema has the kinds of plugins', async () => {
  const args = ['list', 'schema', '--plugin', path.join(EXAMPLES, 'min-gru.js')];
  const { code, stdout } = await startCommand(args);
  expect(code).toBe(0);
  const { model } = JSON.parse(stdout).$defs.training.properties;
  const kinds = (model.oneOf ?? model.anyOf).map(
    ({ properties }: { properties: { kind: { const: string } } }) => properties.kind.const,
  );
  expect(kinds).toEqual(expect.arrayContaining(['llama', 'gru', 'my-min-gru']));
});
