// Which of several processes this is, from the environment that a launcher gives it.

import { createHash } from 'node:crypto';
import { UserError } from '../core/index.ts';
import { parseHostList } from './parse-host-list.ts';

/** One process of several that compute one program, each with the devices of its machine. */
export type ProcessGroup = {
  /** From 0; process 0 has the run folder, and the others connect to it. */
  readonly rank: number;
  /** Number of processes, at least 2. */
  readonly size: number;
  /** Where process 0 listens. */
  readonly coordinator: { readonly host: string; readonly port: number };
  /** What a process must know to take part. */
  readonly token: string;
  readonly patience: Patience;
};

/** How long the processes of a group wait for one another. */
export type Patience = {
  /** For all to come, at the start. */
  readonly joinSeconds: number;
  /** For a sign of life, which each gives every few seconds. */
  readonly silenceSeconds: number;
  /** For a step of any kind: of training, of an evaluation, of a program that is compiled. */
  readonly stallSeconds: number;
};

const PATIENCE: Patience = { joinSeconds: 300, silenceSeconds: 60, stallSeconds: 1800 };

type Environment = Readonly<Record<string, string | undefined>>;

const MOST_PROCESSES = 4096;
/** Above the ports that systems give to outgoing connections. */
const FIRST_PORT = 61_440;
const PORTS = 4096;

const OWN = 'PRIMORDIA_PROCESSES, PRIMORDIA_RANK and PRIMORDIA_COORDINATOR';

/**
 * The group that the environment describes: by our own variables, or by those of a Slurm step with several tasks.
 *
 * @returns null for a process by itself, which `PRIMORDIA_PROCESSES=1` says in any case
 * @throws UserError naming the variable that is missing or wrong
 */
export function readProcessGroup(environment: Environment = process.env): ProcessGroup | null {
  const { PRIMORDIA_PROCESSES: processes, PRIMORDIA_RANK: rank } = environment;
  if (processes !== undefined || rank !== undefined) return readOwn(environment);
  // SLURM_NTASKS is set in a batch script too, which is one process.
  if (environment.SLURM_STEP_NUM_TASKS === undefined) return null;
  return readSlurm(environment);
}

function readOwn(environment: Environment): ProcessGroup | null {
  const size = readCount(environment, 'PRIMORDIA_PROCESSES', 1, MOST_PROCESSES);
  if (size === 1) return null;
  const rank = readCount(environment, 'PRIMORDIA_RANK', 0, size - 1);
  const address = environment.PRIMORDIA_COORDINATOR;
  if (address === undefined) throw missing('PRIMORDIA_COORDINATOR');
  return {
    rank,
    size,
    coordinator: parseAddress(address),
    token: readToken(environment, address),
    patience: readPatience(environment),
  };
}

function readSlurm(environment: Environment): ProcessGroup | null {
  const size = readCount(environment, 'SLURM_STEP_NUM_TASKS', 1, MOST_PROCESSES);
  if (size === 1) return null;
  const rank = readCount(environment, 'SLURM_PROCID', 0, size - 1);
  const { SLURM_JOB_ID: job = '0', SLURM_STEP_ID: step = '0' } = environment;
  const given = environment.PRIMORDIA_COORDINATOR;
  const coordinator = given
    ? parseAddress(given)
    : { host: firstHost(environment), port: portOf(job, step) };
  const token = readToken(environment, `slurm ${job} ${step}`);
  return { rank, size, coordinator, token, patience: readPatience(environment) };
}

function readPatience(environment: Environment): Patience {
  const seconds = (name: string, usual: number) =>
    environment[name] === undefined ? usual : readCount(environment, name, 1, 1_000_000);
  return {
    joinSeconds: seconds('PRIMORDIA_JOIN_SECONDS', PATIENCE.joinSeconds),
    silenceSeconds: seconds('PRIMORDIA_SILENCE_SECONDS', PATIENCE.silenceSeconds),
    stallSeconds: seconds('PRIMORDIA_STALL_SECONDS', PATIENCE.stallSeconds),
  };
}

/** Task 0 of a step is on the first of its nodes. */
function firstHost(environment: Environment): string {
  for (const name of ['SLURM_STEP_NODELIST', 'SLURM_JOB_NODELIST', 'SLURM_NODELIST']) {
    const list = environment[name];
    if (list) return parseHostList(list)[0]!;
  }
  const address = environment.SLURM_LAUNCH_NODE_IPADDR;
  if (address) return address;
  throw new UserError('Slurm says nothing of the nodes of this step (SLURM_STEP_NODELIST)', {
    hint: 'name the machine of process 0 and a free port: PRIMORDIA_COORDINATOR=HOST:PORT',
  });
}

/** Steps of two jobs on one machine seldom have the same. */
function portOf(job: string, step: string): number {
  const hash = createHash('sha256').update(`${job} ${step}`).digest();
  return FIRST_PORT + (hash.readUInt32BE(0) % PORTS);
}

/** Without a token of the user's, one that keeps jobs apart; it is no secret. */
function readToken({ PRIMORDIA_TOKEN: token }: Environment, fallback: string): string {
  return token || createHash('sha256').update(fallback).digest('hex');
}

function readCount(environment: Environment, name: string, least: number, most: number): number {
  const text = environment[name];
  if (text === undefined) throw missing(name);
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  throw new UserError(
    `${name} is ${JSON.stringify(text)}, not a whole number from ${least} to ${most}`,
    { hint: describeGroup(name) },
  );
}

function missing(name: string): UserError {
  return new UserError(`${name} is not set`, { hint: describeGroup(name) });
}

function describeGroup(name: string): string {
  return name.startsWith('SLURM')
    ? 'srun sets it for each task of a step; PRIMORDIA_PROCESSES=1 is for a process by itself'
    : `each process of several has ${OWN}; PRIMORDIA_PROCESSES=1 is for one by itself`;
}

/** `host:port`, `10.0.0.1:port` or `[::1]:port`. */
function parseAddress(text: string): ProcessGroup['coordinator'] {
  const [, bracketed, plain, digits] =
    /^(?:\[([\da-fA-F:.]+)\]|([\w.-]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host !== undefined && port >= 1 && port <= 65_535) return { host, port };
  throw new UserError(`PRIMORDIA_COORDINATOR is ${JSON.stringify(text)}, not HOST:PORT`, {
    hint: 'the machine of process 0 and a free port there, such as gpu01:61500 or [fe80::1]:61500',
  });
}
