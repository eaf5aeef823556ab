// The key-value store of a group and who takes part in it, in the memory of process 0; connections are no concern of it.

/** What a process says of itself. */
export type Beat = {
  /** Where it is, in words: `stage 'text', step 12`. Empty before the first step. */
  readonly at: string;
  /** A number that grows with everything that it gets done. */
  readonly moves: number;
};

export type Member = Beat & {
  readonly rank: number;
  readonly host: string;
  /** Milliseconds of the store's clock. */
  readonly heardAtMs: number;
  readonly movedAtMs: number;
};

/** What a store holds at most. */
export const STORE_LIMITS = {
  keyBytes: 1024,
  valueBytes: 16 * 2 ** 20,
  keys: 65_536,
  totalBytes: 256 * 2 ** 20,
} as const;

/** Why a request has no result. */
export type Refusal =
  | { readonly error: 'timeout' }
  | { readonly error: 'missing' }
  | { readonly error: 'full'; readonly message: string }
  /** At a meeting that not all came to. */
  | { readonly error: 'absent'; readonly came: readonly number[] };

type Waiting<T> = { resolve(value: T): void; readonly timer: NodeJS.Timeout };

export class KeyValueStore {
  private readonly values = new Map<string, Uint8Array>();
  private readonly waiting = new Map<string, Set<Waiting<Uint8Array | Refusal>>>();
  private bytes = 0;

  /** Sets a value, also of a key that has one. */
  put(key: string, value: Uint8Array): null | Refusal {
    const before = this.values.get(key);
    const bytes = this.bytes + value.length - (before?.length ?? 0);
    const problem = this.explainFull(key, value, before === undefined, bytes);
    if (problem !== null) return { error: 'full', message: problem };
    this.values.set(key, value);
    this.bytes = bytes;
    for (const { resolve, timer } of this.waiting.get(key) ?? []) {
      clearTimeout(timer);
      resolve(value);
    }
    this.waiting.delete(key);
    return null;
  }

  tryGet(key: string): Uint8Array | null {
    return this.values.get(key) ?? null;
  }

  /** The value of a key once it is there. */
  get(key: string, timeoutMs: number): Promise<Uint8Array | Refusal> {
    const value = this.values.get(key);
    if (value !== undefined) return Promise.resolve(value);
    return new Promise((resolve) => {
      const all = this.waiting.get(key) ?? new Set();
      this.waiting.set(key, all);
      const one: Waiting<Uint8Array | Refusal> = {
        resolve,
        timer: startTimer(timeoutMs, () => {
          all.delete(one);
          resolve({ error: 'timeout' });
        }),
      };
      all.add(one);
    });
  }

  private explainFull(key: string, value: Uint8Array, isNew: boolean, bytes: number) {
    const { keyBytes, valueBytes, keys, totalBytes } = STORE_LIMITS;
    if (Buffer.byteLength(key) > keyBytes) return `a key is longer than ${keyBytes} bytes`;
    if (value.length > valueBytes) return `a value is longer than ${valueBytes} bytes`;
    if (isNew && this.values.size >= keys) return `there are ${keys} keys already`;
    return bytes > totalBytes ? `all values together are longer than ${totalBytes} bytes` : null;
  }
}

/** A place where all processes wait for one another, each with a value that all get to see. */
export class Meetings {
  private readonly size: number;
  private readonly open = new Map<
    string,
    Map<number, Waiting<readonly string[] | Refusal> & { readonly value: string }>
  >();

  constructor(size: number) {
    this.size = size;
  }

  /** @returns the values by rank, once all have come */
  meet(
    name: string,
    rank: number,
    value: string,
    timeoutMs: number,
  ): Promise<readonly string[] | Refusal> {
    const here = this.open.get(name) ?? new Map();
    this.open.set(name, here);
    return new Promise((resolve) => {
      const timer = startTimer(timeoutMs, () => {
        resolve({ error: 'absent', came: [...here.keys()].sort((a, b) => a - b) });
      });
      here.set(rank, { resolve, timer, value });
      if (here.size < this.size) return;
      this.open.delete(name);
      const values = Array.from({ length: this.size }, (_, i) => here.get(i)!.value);
      for (const one of here.values()) {
        clearTimeout(one.timer);
        one.resolve(values);
      }
    });
  }
}

/** Longer waits than a timer can have are cut to some 24 days. */
const LONGEST_MS = 2 ** 31 - 1;

/** A timer that keeps no process alive: whoever waits has a connection. */
function startTimer(ms: number, then: () => void): NodeJS.Timeout {
  return setTimeout(then, Math.min(Math.max(0, ms), LONGEST_MS)).unref();
}

/** Who takes part, and when each was heard and got something done. */
export class Roster {
  private readonly members = new Map<number, Member>();
  private readonly now: () => number;
  private lookedAtMs: number;

  /** @param now milliseconds of a clock that never goes back */
  constructor(now: () => number) {
    this.now = now;
    this.lookedAtMs = now();
  }

  join(rank: number, host: string): void {
    const nowMs = this.now();
    this.members.set(rank, { rank, host, at: '', moves: 0, heardAtMs: nowMs, movedAtMs: nowMs });
  }

  leave(rank: number): Member | undefined {
    const member = this.members.get(rank);
    this.members.delete(rank);
    return member;
  }

  has(rank: number): boolean {
    return this.members.has(rank);
  }

  get(rank: number): Member | undefined {
    return this.members.get(rank);
  }

  get count(): number {
    return this.members.size;
  }

  hear(rank: number, { at, moves }: Beat): void {
    const before = this.members.get(rank);
    if (!before) return;
    const nowMs = this.now();
    const movedAtMs = moves === before.moves && at === before.at ? before.movedAtMs : nowMs;
    this.members.set(rank, { ...before, at, moves, heardAtMs: nowMs, movedAtMs });
  }

  /**
   * Whoever was silent, or got nothing done, for too long; of several, the one for whom it is the longest.
   *
   * @param everyMs how often this is called: after a longer gap this process itself was stopped, and the others are given the
   *   time that it lost
   */
  findLost(
    everyMs: number,
    silenceMs: number,
    stallMs: number,
  ): {
    readonly member: Member;
    readonly how: 'silent' | 'stalled';
    readonly forMs: number;
  } | null {
    const nowMs = this.now();
    const lostMs = Math.max(0, nowMs - this.lookedAtMs - 2 * everyMs);
    this.lookedAtMs = nowMs;
    if (lostMs > 0) {
      for (const [rank, member] of this.members) {
        const { heardAtMs, movedAtMs } = member;
        const later = { heardAtMs: heardAtMs + lostMs, movedAtMs: movedAtMs + lostMs };
        this.members.set(rank, { ...member, ...later });
      }
    }
    const longest = (since: (member: Member) => number, limitMs: number) =>
      [...this.members.values()]
        .filter((member) => nowMs - since(member) > limitMs)
        .sort((a, b) => since(a) - since(b))[0];
    const silent = longest(({ heardAtMs }) => heardAtMs, silenceMs);
    if (silent) return { member: silent, how: 'silent', forMs: nowMs - silent.heardAtMs };
    const stalled = longest(({ movedAtMs }) => movedAtMs, stallMs);
    return stalled ? { member: stalled, how: 'stalled', forMs: nowMs - stalled.movedAtMs } : null;
  }
}
