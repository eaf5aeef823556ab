// Every command as a user types it: what it prints, what it writes, what it returns.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openShippedSource, REGISTRIES } from '../../src/training/index.ts';
import {
  type Finished,
  runInProcess,
  startCommand,
  writeStory,
  writeTinyProject,
} from '../support/command-line.ts';
import { expectInPage, expectNotInPage, expectSamePage } from '../support/page-text.ts';

let folder: string;
let trained: Finished;
const at = (...names: string[]) => path.join(folder, ...names);
const run = (...args: string[]) => runInProcess(args, { cwd: folder });
const readJson = (...names: string[]) => JSON.parse(readFileSync(at(...names), 'utf8'));
const lastLine = ({ stdout }: Finished) => JSON.parse(stdout.trim().split('\n').at(-1)!);

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'primordia-commands-'));
  writeTinyProject(folder);
  writeStory(at('held-out.txt'), 4);
  trained = await run('train', 'tiny.json', '--out', 'run', '--json');
  expect(trained).toMatchObject({ code: 0, stderr: '' });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('train', () => {
  test('--json tells everything as one object a line, and the summary at last', () => {
    const lines = trained.stdout.trim().split('\n');
    const events = lines.map((line) => JSON.parse(line));
    const summary = events.pop();
    expect(new Set(events.map(({ event }) => event))).toEqual(
      new Set(['message', 'run-begins', 'step', 'evaluation', 'checkpoint', 'gate']),
    );
    const { directory, report, ...rest } = summary;
    expect(rest).toEqual(readJson('run', 'summary.json'));
    expect([directory, report]).toEqual(['run', 'run/report.html']);
    const gate = { verdict: expect.any(String), loss: expect.any(Number) };
    expect(rest).toMatchObject({
      kind: 'training',
      name: 'tiny',
      seed: 0,
      stages: [
        { name: 'source', gate: { ...gate, reasons: expect.any(Array) } },
        { name: 'text', gate: null, loss: expect.any(Number) },
      ],
    });
    const evaluations = events.filter(
      ({ event, stage }) => event === 'evaluation' && stage === 'text',
    );
    const { curve } = rest.stages[1];
    expect(evaluations.map(({ tokens, heldOutLoss }) => [tokens, heldOutLoss])).toEqual(
      curve.map(({ tokens, loss }: (typeof curve)[0]) => [tokens, loss]),
    );
    const checkpoints = events.filter(({ event }) => event === 'checkpoint');
    expect(checkpoints.map(({ stage, step }) => `${stage} ${step}`)).toEqual(
      ['source', 'text'].flatMap((stage) => [4, 8, 12].map((step) => `${stage} ${step}`)),
    );
  });

  test('writes a whole run folder', () => {
    const files = readdirSync(at('run')).sort();
    expect(files).toEqual([
      'checkpoints',
      'data',
      'metrics.jsonl',
      'provenance.json',
      'recipe.json',
      'report.html',
      'run.json',
      'samples',
      'stages',
      'summary.json',
    ]);
    expect(readJson('run', 'run.json')).toEqual({ format: 2, kind: 'training' });
    expect(readdirSync(at('run', 'stages', 'source')).sort()).toEqual(['artifacts', 'gate.json']);
    expect(readdirSync(at('run', 'checkpoints', 'text'))).toEqual([
      'step-00000008',
      'step-00000012',
    ]);
    expect(readJson('run', 'provenance.json').command).toContain('tiny.json');
  });

  test('by itself says how it goes, numbers the folder, and ends with a table', async () => {
    const settings = ['--set', 'stages.source.steps=2', 'stages.text.steps=2', 'seed=3'];
    const first = await run('train', 'tiny.json', ...settings);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(/^writing to runs\/tiny-001\n/);
    expect(first.stdout).toMatch(/tiny source step 0: held-out loss \d\.\d{4} after 0 tokens/);
    expect(first.stdout).toMatch(
      /^stage 2 of 2 {2}tiny text 2\/2 steps {2}100 % {2}loss \d\.\d{3} {2}[\d,]+ tokens\/s {2}in \d+s$/m,
    );
    expect(first.stdout).toMatch(/gate (nothing|statistics|dynamics): the model has learned/);
    expect(first.stdout).toMatch(
      /^stage +algorithm +steps +ms\/step +held-out loss +bits\/byte +depth\nsource +next-token +2 .*\ntext +next-token +2 +[\d.]+ +\d\.\d{4} +\d\.\d{3} +\d+$/m,
    );
    expect(first.stdout).toMatch(
      /report +runs\/tiny-001\/report\.html\ntime +\d+s\nnext +primordia sample runs\/tiny-001 /,
    );
    const second = await run('train', 'tiny.json', '--set', 'stages=null');
    expect(second.stderr).toContain('tiny.json: stages');
    expect(readdirSync(at('runs'))).toEqual(['tiny-001']);
  });
});

const TENSORS = [
  ...[0, 1].flatMap((layer) =>
    [
      'input_layernorm',
      'mlp.down_proj',
      'mlp.gate_proj',
      'mlp.up_proj',
      'post_attention_layernorm',
      'self_attn.k_proj',
      'self_attn.o_proj',
      'self_attn.q_proj',
      'self_attn.v_proj',
    ].map((name) => `model.layers.${layer}.${name}.weight`),
  ),
  'lm_head.weight',
  'model.embed_tokens.weight',
  'model.norm.weight',
].sort();

test('a checkpoint is a folder that Hugging Face tools open', () => {
  const model = (file: string) => at('run', 'checkpoints', 'text', 'step-00000012', file);
  const config = JSON.parse(readFileSync(model('config.json'), 'utf8'));
  expect(config).toMatchObject({
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    hidden_size: 32,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    vocab_size: 257,
    max_position_embeddings: 32,
  });
  // The format as its standard tells it: the header's length (u64), JSON, then the bytes.
  const bytes = readFileSync(model('model.safetensors'));
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString('utf8')) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const entries = Object.entries(header).filter(([name]) => name !== '__metadata__');
  expect(entries.map(([name]) => name).sort()).toEqual(TENSORS);
  for (const [
    name,
    {
      dtype,
      shape,
      data_offsets: [from, to],
    },
  ] of entries) {
    expect(dtype, name).toBe('F32');
    expect(to - from, name).toBe(4 * shape.reduce((a, b) => a * b, 1));
  }
  expect(header['model.embed_tokens.weight']!.shape).toEqual([257, 32]);
  const end = Math.max(...entries.map(([, { data_offsets }]) => data_offsets[1]));
  expect(bytes.length).toBe(8 + length + end);
  const tokenizer = JSON.parse(readFileSync(model('tokenizer.json'), 'utf8'));
  expect(Object.keys(tokenizer.model.vocab).length).toBeGreaterThanOrEqual(256);
});

describe('eval', () => {
  test('gives the same numbers for people and machines, of a run or a checkpoint', async () => {
    const [plain, json, checkpoint] = await Promise.all([
      run('eval', 'run', '--text', 'held-out.txt'),
      run('eval', 'run', '--text', 'held-out.txt', '--json'),
      run('eval', 'run/checkpoints/text/step-00000012', '--text', 'held-out.txt', '--json'),
    ]);
    const found = lastLine(json!);
    expect(found).toMatchObject({ model: 'run/stages/text/artifacts/model' });
    expect(found.perplexity).toBeCloseTo(Math.exp(found.loss), 8);
    const bytes = readFileSync(at('held-out.txt')).length;
    expect([found.tokens, found.bytes]).toEqual([bytes, bytes]);
    expect(found.bitsPerByte).toBeCloseTo(found.loss / Math.LN2, 8);
    expect(plain!.stdout).toContain(`${found.loss.toFixed(4)} nats per token`);
    expect(plain!.stdout).toMatch(/perplexity +\d/);
    expect(lastLine(checkpoint!)).toEqual({
      ...found,
      model: 'run/checkpoints/text/step-00000012',
    });
  });

  test('reads records by the field that is named, counts nulls, and says how to name it', async () => {
    const record = (body: string | null) => JSON.stringify({ id: 1, body });
    const story = readFileSync(at('held-out.txt'), 'utf8');
    writeFileSync(at('records.jsonl'), [record(story), record(null)].join('\n'));
    const evaluate = ['eval', 'run', '--text', 'records.jsonl'];
    const unnamed = await run(...evaluate);
    expect(unnamed.code).toBe(1);
    expect(unnamed.stderr).toContain('records.jsonl:1: no field "text"; fields present: id, body');
    expect(unnamed.stderr).toContain('--text-field body');
    const unstarted = await run('quickstart', '--out', 'unstarted', '--text', 'records.jsonl');
    expect(unstarted.stderr).toContain('--text-field body');
    expect(unstarted.stderr).toContain('stages.text.data.corpus.field=body');
    const named = await run(...evaluate, '--text-field', 'body');
    expect(named.stdout).toContain('1 document in 1 file; skipped 1 null');
    const json = await run(...evaluate, '--text-field', 'body', '--json');
    expect(lastLine(json)).toMatchObject({ documents: 1, files: 1, nullDocuments: 1 });
  });
});

describe('sample', () => {
  const sample = async (...args: string[]) => {
    const finished = await run('sample', 'run', '--json', '--tokens', '24', ...args);
    expect(finished).toMatchObject({ code: 0, stderr: '' });
    const { items } = lastLine(finished);
    expect(items).toHaveLength(1);
    return { tokens: items[0].tokens, ...items[0].text } as {
      text: string;
      tokens: number[];
      prompt: string;
    };
  };

  test('writes the same text for the same seed, and continues a prompt or a file', async () => {
    writeFileSync(at('prompt.txt'), 'the rain');
    const [one, again, other, prompted, file, plain] = await Promise.all([
      sample('--seed', '5'),
      sample('--seed', '5'),
      sample('--seed', '6'),
      sample('--prompt', 'the rain', '--temperature', '0'),
      sample('--prompt', '@prompt.txt', '--temperature', '0'),
      run('sample', 'run', '--tokens', '24', '--temperature', '0', '--prompt', 'the rain'),
    ]);
    expect(one.tokens).toHaveLength(24);
    expect(again).toEqual(one);
    expect(other.tokens).not.toEqual(one.tokens);
    expect(file).toEqual(prompted);
    expect(prompted.prompt).toBe('the rain');
    expect(plain.stdout).toBe(`the rain${prompted.text}\n`);
  });

  test('keeps to the most probable tokens where asked to', async () => {
    const [greedy, topOne, tiny, hot] = await Promise.all([
      sample('--temperature', '0'),
      sample('--temperature', '2', '--top-k', '1'),
      sample('--temperature', '2', '--top-p', '0.000001'),
      sample('--temperature', '2', '--top-k', '50', '--top-p', '0.9'),
    ]);
    expect(topOne.tokens).toEqual(greedy.tokens);
    expect(tiny.tokens).toEqual(greedy.tokens);
    expect(hot.tokens).not.toEqual(greedy.tokens);
  });
});

describe('quickstart', () => {
  const SETTINGS = [
    'source.data.grid=4',
    'source.data.band.kind=none',
    'source.contextLength=71',
    'source.batchSize=4',
    'source.steps=6',
    'source.heldOutSequences=8',
    'text.contextLength=32',
    'text.batchSize=4',
    'text.steps=6',
    'text.evaluateEvery=3',
    'text.data.evaluationTokens=256',
  ].map((setting) => `stages.${setting}`);

  test('with a model of another size has no arm of the shipped source, and says so', async () => {
    const small = ['model.hiddenSize=32', 'stages.source.steps=1', 'stages.text.steps=1'];
    const finished = await run(
      ...['quickstart', '--out', 'small', '--text', 'story.txt', '--set', ...SETTINGS, ...small],
    );
    expect(finished.code).toBe(0);
    expect(finished.stdout + finished.stderr).toContain(
      'no arm nca-dynamics: its model has other sizes',
    );
    expect(readdirSync(at('small', 'jobs', 'cells')).sort()).toEqual(['nca', 'scratch']);
  });

  test('writes the summary that is promised, and a report that compares', async () => {
    const finished = await run(
      ...['quickstart', '--seed', '7', '--text', 'story.txt', '--set'],
      ...SETTINGS,
    );
    expect(finished).toMatchObject({ code: 0, stderr: '' });
    expect(finished.stdout).toContain('final held-out loss in nats per target, seed ');
    expect(finished.stdout).toMatch(/^scratch +– +\d\.\d{4} +– +\d\.\d{3} +– +–$/m);
    expect(finished.stdout).toMatch(
      /^nca +(nothing|statistics) +\d\.\d{4} +[+-]\d\.\d{4} +\d\.\d{3} /m,
    );
    expect(finished.stdout).toContain('source   nca, trained here on 0.0 M tokens');
    expect(finished.stdout).toMatch(
      /source {3}nca-dynamics, comes with the package, trained on [\d.]+ M tokens\ngate {5}dynamics: /,
    );
    expect(finished.stdout).toMatch(
      /^nca-dynamics +dynamics +\d\.\d{4} +[+-]\d\.\d{4} +\d\.\d{3} /m,
    );
    expect(finished.stdout.replaceAll(/\s+/g, ' ')).toMatch(
      /The arm nca, whose source has learned (nothing|statistics) of its world.*, (does (better|worse) than|ends level with) scratch.* One seed at this size/,
    );
    expect(finished.stdout).toContain('primordia sample runs/quickstart-001 --prompt "The "');

    const directory = ['runs', 'quickstart-001'];
    const cellOf = (name: string) => [...directory, 'jobs', 'cells', name, 'seed-7'];
    const { seconds, runs, cells } = readJson(...directory, 'summary.json');
    const { stages } = readJson(...cellOf('nca'), 'summary.json');
    const { gate } = stages[0];
    expect(gate).toMatchObject({
      verdict: expect.stringMatching(/^(nothing|statistics)$/),
      loss: expect.any(Number),
      bestGlobal: { name: expect.any(String), loss: expect.any(Number) },
      bestBlind: { name: expect.any(String), loss: expect.any(Number) },
      bestLookup: { name: expect.any(String), loss: expect.any(Number) },
      margin: { mean: expect.any(Number), interval: [expect.any(Number), expect.any(Number)] },
    });
    expect(gate.accuracyByFrame).toHaveLength(3);
    for (const share of gate.accuracyByFrame) expect(share >= 0 && share <= 1).toBe(true);
    expect(seconds).toBeGreaterThan(0);
    expect(runs).toEqual({ finished: 3, diverged: 0, total: 3 });
    type Cell = { name: string; seeds: number[]; result: { mean: number } };
    expect(cells.map(({ name, seeds }: Cell) => [name, seeds])).toEqual([
      ['nca', [7]],
      ['nca-dynamics', [7]],
      ['scratch', [7]],
    ]);
    const begins = cells.map(({ name, result }: Cell) => {
      const { loss, curve } = readJson(...cellOf(name), 'summary.json').stages.at(-1);
      expect(result.mean).toBe(loss);
      // 6 steps of 4 sequences of 32 tokens, evaluated at 0, 3 and 6.
      expect(curve.map(({ tokens }: { tokens: number }) => tokens)).toEqual([0, 384, 768]);
      expect(curve.at(-1).loss).toBe(loss);
      expect(loss).toBeLessThan(curve[0].loss);
      return curve[0].loss;
    });
    // All begin near ln 257 with the same text held out; only the carried-over weights differ.
    expect(new Set(begins).size).toBe(3);
    const start = readJson(...cellOf('nca-dynamics'), 'stages', 'text', 'start.json');
    const { sha256 } = openShippedSource('nca-dynamics', REGISTRIES);
    expect(start).toMatchObject({ weights: sha256, shipped: { name: 'nca-dynamics' } });

    const report = readFileSync(at(...directory, 'report.html'), 'utf8');
    for (const part of ['scratch', 'Sources', 'nca-dynamics', '<svg', 'One seed']) {
      expectInPage(report, part);
    }
    expectNotInPage(report, /(src|href)="https?:/);
    expectNotInPage(report, folder);

    rmSync(at(...directory, 'report.html'));
    const again = await run('report', directory.join('/'), '--json');
    expect(lastLine(again)).toEqual({ report: 'runs/quickstart-001/report.html' });
    expectSamePage(readFileSync(at(...directory, 'report.html'), 'utf8'), report);

    const resumed = await run('resume', directory.join('/'), '--json');
    expect(lastLine(resumed)).toMatchObject({ cells, seconds });

    const models = await Promise.all([
      run('sample', directory.join('/'), '--arm', 'scratch', '--tokens', '3', '--json'),
      run('eval', directory.join('/'), '--arm', 'scratch', '--text', 'held-out.txt', '--json'),
      run('sample', directory.join('/'), '--tokens', '3'),
    ]);
    for (const finished of models.slice(0, 2)) {
      expect(lastLine(finished).model).toContain('jobs/cells/scratch/seed-7/');
    }
    // The sample is alone on standard output.
    expect(models[2]!.stderr).toBe('arm nca/seed-7\n');
    expect(models[2]!.stdout).not.toContain('seed-7');
    const unknown = await run('sample', directory.join('/'), '--arm', 'ncaa');
    expect([unknown.code, unknown.stderr]).toEqual([
      1,
      "error: runs/quickstart-001 has no arm 'ncaa' (did you mean 'nca'?)\n",
    ]);
    const whole = await run('sample', 'run', '--arm', 'nca');
    expect(whole.stderr).toContain("run is not a study: it has no arm 'nca'");
  });
});

describe('report', () => {
  test('of a run stopped half way shows what there is', async () => {
    await startCommand(['train', 'tiny.json', '--out', 'half', '--json'], {
      cwd: folder,
      onLine: (line, child) => {
        const { event, stage } = JSON.parse(line);
        if (event === 'checkpoint' && stage === 'text') child.kill('SIGKILL');
      },
    });
    const { code, stdout, stderr } = await run('report', 'half');
    expect([code, stdout, stderr]).toEqual([0, 'half/report.html\n', '']);
    const report = readFileSync(at('half', 'report.html'), 'utf8');
    expectInPage(report, 'Stage source: nca: 2 colors, 4×4 cells');
    expectInPage(report, '<svg');
  });
});

describe('--help', () => {
  const COMMANDS = ['quickstart', 'train', 'resume', 'eval', 'sample', 'report'];

  test('names the commands, the exit codes, and examples', async () => {
    const { code, stdout } = await run('--help');
    expect(code).toBe(0);
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
    expect(stdout).toContain('Exit codes: 0 done');
    const bare = await run();
    expect([bare.code, bare.stdout]).toEqual([2, stdout]);
    const version = await run('--version');
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test.each(COMMANDS)(
    'of %s has an example that names it, and what every command has',
    async (command) => {
      const { code, stdout, stderr } = await run(command, '--help');
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(new RegExp(`Examples?:\n {2}primordia ${command}`));
      expect(stdout).toContain('--json');
      expect(stdout).toContain('--debug');
    },
  );
});
