// Taking part in a group of processes, from a process's main thread.

import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { UserError } from '../core/index.ts';
import { loadEndProcess } from './end-process.ts';
import type { FromGroupThread, GroupThreadData, ToGroupThread } from './group-messages.ts';
import type { ProcessGroup } from './process-group.ts';
import type { Outcome } from './serve-group.ts';
import { joinArrays, splitArrays } from './split-arrays.ts';

/** Threads are plain JavaScript: from sources, the built one is used. */
function threadUrl(): URL {
  const built = '../../dist/processes/group-thread.js';
  return new URL(import.meta.url.endsWith('.ts') ? built : './group-thread.js', import.meta.url);
}

/**
 * Waits for all processes of a group.
 *
 * @throws UserError where rank 0 is not found or refuses, or some do not come, with their ranks
 */
export async function joinGroup(group: ProcessGroup): Promise<JoinedGroup> {
  const endProcess = await loadEndProcess();
  const joined = new JoinedGroup(group, endProcess);
  await joined.joining;
  return joined;
}

/** Membership of a group, until `leave`. What may wait for others rejects, or tells its listener, once a process is lost. */
export class JoinedGroup {
  readonly rank: number;
  readonly size: number;
  /** Resolves when all are there. */
  readonly joining: Promise<void>;
  private readonly thread: Worker;
  private readonly moves = new Int32Array(new SharedArrayBuffer(4));
  private readonly meetings = new Map<number, (values: readonly string[] | UserError) => void>();
  /** Resolves when the thread has ended, or a process is lost: it may wait for ever then. */
  private readonly ended: Promise<void>;
  private readonly endProcess: (exitCode: number) => void;
  private lostListeners: ((error: UserError) => void)[] = [];
  private commandListener: (request: unknown) => void = () => {};
  /** What came before somebody listened. */
  private early: unknown[] | null = [];
  private stopListener: () => void = () => {};
  private nextId = 1;
  private lost: UserError | null = null;
  /** How process 0 ended, for the others. */
  readonly outcome: Promise<Outcome>;

  constructor(group: ProcessGroup, endProcess: (exitCode: number) => void) {
    this.rank = group.rank;
    this.size = group.size;
    this.endProcess = endProcess;
    const workerData: GroupThreadData = { group, moves: this.moves };
    this.thread = new Worker(threadUrl(), { execArgv: [], workerData });
    let resolveJoining = () => {};
    let resolveOutcome = (_: Outcome) => {};
    let rejectAll = (_: Error) => {};
    this.outcome = new Promise((resolve, reject) => {
      resolveOutcome = resolve;
      this.onLost(reject);
    });
    this.outcome.catch(() => {});
    this.joining = new Promise((resolve, reject) => {
      resolveJoining = resolve;
      rejectAll = reject;
      this.onLost(reject);
    });
    this.ended = new Promise((resolve) => {
      this.thread.on('exit', () => resolve());
      this.onLost(() => resolve());
    });
    this.thread.on('error', (error) => this.lose(error.message));
    this.thread.on('message', (message: FromGroupThread) => {
      switch (message.kind) {
        case 'joined':
          resolveJoining();
          break;
        case 'refused': {
          const { message: text, hint } = message;
          rejectAll(new UserError(text, hint === undefined ? {} : { hint }));
          break;
        }
        case 'met':
          this.meetings.get(message.id)?.(message.values);
          this.meetings.delete(message.id);
          break;
        case 'command': {
          const request = joinArrays(message);
          if (this.early) this.early.push(request);
          else this.commandListener(request);
          break;
        }
        case 'stop':
          this.stopListener();
          break;
        case 'lost':
          this.lose(message.message);
          break;
        case 'end':
          resolveOutcome(message.outcome);
          break;
      }
    });
  }

  /** Is told, once, that a process is lost, at once where it is already. */
  onLost(listener: (error: UserError) => void): void {
    if (this.lost) listener(this.lost);
    else this.lostListeners.push(listener);
  }

  /** Of all but process 0: is given what process 0 commands, in order. */
  onCommand(listener: (request: unknown) => void): void {
    this.commandListener = listener;
    const { early } = this;
    this.early = null;
    for (const request of early ?? []) listener(request);
  }

  /** Of process 0: is told that another process was asked to stop. */
  onStop(listener: () => void): void {
    this.stopListener = listener;
  }

  /** Says where the process is, for messages about it: `stage 'text', step 12`. */
  note(at: string): void {
    this.tell({ kind: 'note', at });
  }

  /** Says that something was done. */
  moved(): void {
    Atomics.add(this.moves, 0, 1);
  }

  /**
   * Waits for all processes, and compares what they bring.
   *
   * @param what of it they must have in common, for the error: `recipe`
   * @throws UserError naming the ranks whose value differs from that of process 0, on all of them
   */
  async requireSame(what: string, value: string, hint: string): Promise<void> {
    const values = await this.meet(`same ${what}`, value);
    const others = values.flatMap((one, rank) => (one === values[0] ? [] : [rank]));
    if (others.length === 0) return;
    throw new UserError(
      `rank ${others.join(', ')} of ${this.size} processes has another ${what} than rank 0`,
      { hint },
    );
  }

  private meet(name: string, value: string): Promise<readonly string[]> {
    if (this.lost) return Promise.reject(this.lost);
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.meetings.set(id, (met) => (met instanceof Error ? reject(met) : resolve(met)));
      this.tell({ kind: 'meet', id, name, value });
    });
  }

  /** Of process 0: sends a message to all others, whose `onCommand` is given it. Arrays in it are copied. */
  command(request: object): void {
    this.tell({ kind: 'command', ...splitArrays(request) });
  }

  /** A port for `askBlocking`, to be given to a thread. */
  openPort(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.thread.postMessage({ kind: 'port', port: port1 } satisfies ToGroupThread, [port1]);
    return port2;
  }

  /** Asks process 0 to stop. */
  askToStop(): void {
    this.tell({ kind: 'stop' });
  }

  /** Tells the others that this process has failed, which ends them; this one then ends without waiting for its threads. */
  async fail(reason: string): Promise<void> {
    if (this.lost) return;
    this.tell({ kind: 'fail', reason });
    await this.ended;
    this.endHard();
  }

  /** Leaves; process 0 waits a few seconds for the others, whom it tells how it ended. */
  async leave(outcome: Outcome | null = null): Promise<void> {
    if (this.lost) return;
    this.tell({ kind: 'leave', outcome });
    await this.ended;
  }

  private tell(message: ToGroupThread): void {
    this.thread.postMessage(message);
  }

  private lose(message: string): void {
    if (this.lost) return;
    this.lost = new UserError(message, {
      hint: 'what the others wait for would never come, so all processes end',
    });
    this.endHard();
    this.thread.unref();
    for (const listener of this.lostListeners) listener(this.lost);
    this.lostListeners = [];
    for (const resolve of this.meetings.values()) resolve(this.lost);
    this.meetings.clear();
  }

  /** A thread that waits in native code for a lost process never ends, and Node would wait for it. */
  private endHard(): void {
    process.once('exit', (code) => this.endProcess(code === 0 ? 1 : code));
    this.thread.unref();
  }
}
