import { describe, expect, test } from 'vitest';
import { readProcessGroup } from './process-group.ts';

const own = {
  PRIMORDIA_PROCESSES: '4',
  PRIMORDIA_RANK: '2',
  PRIMORDIA_COORDINATOR: 'gpu01:61500',
};
const slurm = {
  SLURM_STEP_NUM_TASKS: '2',
  SLURM_PROCID: '1',
  SLURM_STEP_NODELIST: 'gpu[07-08]',
  SLURM_JOB_NODELIST: 'gpu[05-09]',
  SLURM_LAUNCH_NODE_IPADDR: '10.0.0.5',
  SLURM_JOB_ID: '4711',
  SLURM_STEP_ID: '0',
};

describe('a process by itself', () => {
  test.each([
    ['nothing is set', {}],
    ['one task of a step', { ...slurm, SLURM_STEP_NUM_TASKS: '1', SLURM_PROCID: '0' }],
    ['a batch script of several tasks', { SLURM_NTASKS: '4', SLURM_PROCID: '0' }],
    ['one of several tasks that computes by itself', { ...slurm, PRIMORDIA_PROCESSES: '1' }],
  ])('%s', (_, environment) => {
    expect(readProcessGroup(environment)).toBeNull();
  });
});

test('our own variables', () => {
  const group = readProcessGroup(own);
  expect(group).toMatchObject({
    rank: 2,
    size: 4,
    coordinator: { host: 'gpu01', port: 61_500 },
    token: expect.stringMatching(/^[0-9a-f]{64}$/),
    patience: { joinSeconds: 300, silenceSeconds: 60, stallSeconds: 1800 },
  });
  const hurried = { PRIMORDIA_JOIN_SECONDS: '1', PRIMORDIA_STALL_SECONDS: '20' };
  expect(readProcessGroup({ ...own, ...hurried })!.patience).toEqual({
    joinSeconds: 1,
    silenceSeconds: 60,
    stallSeconds: 20,
  });
  // They go before those of Slurm.
  expect(readProcessGroup({ ...slurm, ...own })).toEqual(group);
  expect(readProcessGroup({ ...own, PRIMORDIA_TOKEN: 'secret' })!.token).toBe('secret');
  const address = (text: string) =>
    readProcessGroup({ ...own, PRIMORDIA_COORDINATOR: text })!.coordinator;
  expect(address('[fe80::1]:80')).toEqual({ host: 'fe80::1', port: 80 });
  expect(address('10.0.0.1:65535')).toEqual({ host: '10.0.0.1', port: 65_535 });
});

describe('a step of Slurm', () => {
  test('process 0 is on the first node of the step', () => {
    const group = readProcessGroup(slurm)!;
    expect(group).toMatchObject({ rank: 1, size: 2, coordinator: { host: 'gpu07' } });
    expect(group.coordinator.port).toBeGreaterThanOrEqual(61_440);
    expect(group.coordinator.port).toBeLessThanOrEqual(65_535);
    const { SLURM_STEP_NODELIST: _, ...job } = slurm;
    expect(readProcessGroup(job)!.coordinator.host).toBe('gpu05');
    const { SLURM_JOB_NODELIST: __, ...launched } = job;
    expect(readProcessGroup(launched)!.coordinator.host).toBe('10.0.0.5');
  });

  test('all tasks of a step find the same port and token, other steps others', () => {
    const group = readProcessGroup(slurm)!;
    const { rank: _, ...first } = readProcessGroup({ ...slurm, SLURM_PROCID: '0' })!;
    expect(group).toMatchObject(first);
    const next = readProcessGroup({ ...slurm, SLURM_STEP_ID: '1' })!;
    expect(next.token).not.toBe(group.token);
    expect(next.coordinator.port).not.toBe(group.coordinator.port);
  });

  test('an address of our own goes before that of Slurm', () => {
    const environment = { ...slurm, PRIMORDIA_COORDINATOR: 'other:7000' };
    expect(readProcessGroup(environment)).toMatchObject({
      rank: 1,
      coordinator: { host: 'other', port: 7000 },
    });
  });
});

describe('what is wrong is said by its name', () => {
  test.each<[Record<string, string | undefined>, string]>([
    [{ ...own, PRIMORDIA_RANK: undefined }, 'PRIMORDIA_RANK is not set'],
    [{ ...own, PRIMORDIA_PROCESSES: undefined }, 'PRIMORDIA_PROCESSES is not set'],
    [{ ...own, PRIMORDIA_COORDINATOR: undefined }, 'PRIMORDIA_COORDINATOR is not set'],
    [{ ...own, PRIMORDIA_RANK: '4' }, 'PRIMORDIA_RANK is "4", not a whole number from 0 to 3'],
    [{ ...own, PRIMORDIA_RANK: '-1' }, 'PRIMORDIA_RANK is "-1"'],
    [{ ...own, PRIMORDIA_RANK: '' }, 'PRIMORDIA_RANK is ""'],
    [{ ...own, PRIMORDIA_PROCESSES: '1e2' }, 'PRIMORDIA_PROCESSES is "1e2"'],
    [{ ...own, PRIMORDIA_PROCESSES: '0' }, 'PRIMORDIA_PROCESSES is "0"'],
    [{ ...own, PRIMORDIA_COORDINATOR: 'gpu01' }, 'PRIMORDIA_COORDINATOR is "gpu01", not HOST:PORT'],
    [{ ...own, PRIMORDIA_COORDINATOR: 'a:0' }, 'not HOST:PORT'],
    [{ ...own, PRIMORDIA_COORDINATOR: 'a:65536' }, 'not HOST:PORT'],
    [{ ...own, PRIMORDIA_COORDINATOR: '::1:80' }, 'not HOST:PORT'],
    [{ ...own, PRIMORDIA_STALL_SECONDS: '0' }, 'PRIMORDIA_STALL_SECONDS is "0"'],
    [{ ...slurm, SLURM_PROCID: undefined }, 'SLURM_PROCID is not set'],
    [{ ...slurm, SLURM_PROCID: '2' }, 'SLURM_PROCID is "2", not a whole number from 0 to 1'],
    [{ ...slurm, SLURM_STEP_NODELIST: 'gpu[' }, 'is no list of hosts'],
    [
      { SLURM_STEP_NUM_TASKS: '2', SLURM_PROCID: '0' },
      'Slurm says nothing of the nodes of this step',
    ],
  ])('%o', (environment, said) => {
    expect(() => readProcessGroup(environment)).toThrow(said);
  });
});
