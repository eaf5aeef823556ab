import { describe, expect, it } from 'vitest';
import type { Answer } from './slurm-commands.ts';
import { parseAccounts, parseQueue, parseSubmission } from './slurm-commands.ts';
import { explainTask } from './slurm-end.ts';
import { lookAtTasks } from './slurm-look.ts';

const exit = { code: 0, signal: 0 };

describe('answers of Slurm', () => {
  it('are tasks of array jobs, one by one or together', () => {
    expect(parseQueue('12_0|p|RUNNING\n12_[3-4,9%2]|p|PENDING\n\n')).toEqual({
      value: ['12_0', '12_3', '12_4', '12_9'].map((task, i) => ({
        task,
        arrayJob: '12',
        name: 'p',
        state: i === 0 ? 'RUNNING' : 'PENDING',
        exit: null,
      })),
    });
    expect(parseAccounts('12_1|CANCELLED by 1000|0:15\n12_2|OUT_OF_MEMORY|0:125\n')).toEqual({
      value: [
        {
          task: '12_1',
          arrayJob: '12',
          name: '',
          state: 'CANCELLED',
          exit: { code: 0, signal: 15 },
        },
        {
          task: '12_2',
          arrayJob: '12',
          name: '',
          state: 'OUT_OF_MEMORY',
          exit: { code: 0, signal: 125 },
        },
      ],
    });
    expect(parseSubmission('123\n')).toBe('123');
    expect(parseSubmission('123;cluster-2\n')).toBe('123');
  });

  it.each([
    'slurm_load_jobs error',
    '12|p|RUNNING',
    '12_0|RUNNING',
    '12_0|p|running',
    '12_0|p|RUNNING|x',
    '12_[5-1]|p|PENDING',
    '12_[0-99999999999]|p|PENDING',
    'x_0|p|RUNNING',
    '12_0|p|',
  ])('in a queue, %j is none', (line) => {
    expect(parseQueue(`12_7|p|RUNNING\n${line}\n`)).toHaveProperty('problem');
  });

  it.each(['12_0|COMPLETED', '12_0|COMPLETED|0', '12_0||0:0', '12_0|COMPLETED|0:0|x', '12|X|0:0'])(
    'in accounts, %j is none',
    (line) => {
      expect(parseAccounts(line)).toHaveProperty('problem');
    },
  );

  it.each(['', 'Submitted batch job 12', '12 13', '-1', '1e3', `${10n ** 30n}`])(
    'as a number of a job, %j is none',
    (text) => {
      expect(parseSubmission(text)).toBeNull();
    },
  );
});

describe('lookAtTasks', () => {
  const waves = [
    { number: 1, jobName: 'one', arrayJob: '12', jobs: ['a', 'b', 'c', 'd'] },
    { number: 2, jobName: 'two', arrayJob: null, jobs: ['e'] },
  ];
  const look = (answers: Record<string, Answer<string>>) => {
    const asked: string[] = [];
    const found = lookAtTasks(waves, async (command, args) => {
      asked.push(`${command} ${args.at(-1)}`);
      return answers[command]!;
    });
    return { asked, found };
  };

  it('asks accounts for what the queue does not list, and finds jobs by name', async () => {
    const { asked, found } = look({
      squeue: { value: '12_0|one|RUNNING\n12_2|one|COMPLETED\n13_0|two|PENDING\n' },
      sacct: { value: '12_0|RUNNING|0:0\n12_1|FAILED|1:0\n12_2|COMPLETED|0:0\n12_3|RUNNING|0:0\n' },
    });
    const answer = await found;
    if ('problem' in answer) throw new Error(answer.problem);
    const { active, claimed, ended, arrayJobs, note } = answer.value;
    expect([...active]).toEqual([
      ['12_0', 'RUNNING'],
      ['13_0', 'PENDING'],
    ]);
    // An end that was never noted in the accounts looks the same.
    expect([...claimed]).toEqual(['12_3']);
    expect([...ended].map(([task, { state }]) => [task, state])).toEqual([
      ['12_1', 'FAILED'],
      ['12_2', 'COMPLETED'],
    ]);
    expect(arrayJobs.get('two')).toBe('13');
    expect(note).toBeNull();
    expect(asked).toEqual(['squeue --name=one,two', 'sacct --jobs=12']);
  });

  it('needs an answer of the queue, and can do without accounts', async () => {
    const problem = { problem: 'squeue: no' };
    expect(await look({ squeue: problem }).found).toEqual(problem);
    const { found } = look({ squeue: { value: '' }, sacct: { problem: 'sacct: disabled' } });
    expect(await found).toMatchObject({
      value: { note: 'sacct: disabled: how jobs ended is not known' },
    });
  });
});

describe('explainTask', () => {
  const task = { task: '12_0', arrayJob: '12', name: '' };
  it.each([
    ['NODE_FAIL', exit, '', 'lost', 'its machine failed'],
    ['OUT_OF_MEMORY', { code: 0, signal: 125 }, '', 'lost', 'the process ran out of memory'],
    ['TIMEOUT', exit, '', 'interrupted', 'the time limit was reached'],
    ['PREEMPTED', exit, '', 'interrupted', 'the job was preempted'],
    [
      'FAILED',
      { code: 143, signal: 0 },
      '',
      'interrupted',
      'the process was asked to stop, and saved',
    ],
    ['CANCELLED', { code: 0, signal: 15 }, '', 'failed', 'the job was canceled in Slurm'],
    ['FAILED', { code: 0, signal: 9 }, '', 'lost', 'the process was ended by signal 9'],
    ['FAILED', { code: 137, signal: 0 }, '', 'lost', 'the process ended with code 137'],
    [
      'FAILED',
      { code: 127, signal: 0 },
      'exec: node: not found\n',
      'failed',
      'exec: node: not found',
    ],
    [
      'FAILED',
      { code: 1, signal: 0 },
      'error: full (free space)\n{"event":1}\nlast\n',
      'failed',
      'full (free space)',
    ],
    ['COMPLETED', exit, 'done\n', 'failed', 'the process ended without a result'],
  ])('%s with %j and %j is %s', (state, codes, log, kind, message) => {
    expect(explainTask({ ...task, state, exit: codes }, log)).toEqual({ kind, message });
  });

  it('goes by the log where Slurm has forgotten the task', () => {
    const left = { kind: 'lost', message: 'the job left Slurm’s queue without a result' };
    expect(explainTask(undefined, 'done\n')).toEqual(left);
    const said = { kind: 'failed', message: 'full' };
    expect(explainTask(undefined, 'error: full\n')).toEqual(said);
  });
});
