// Who takes part in a group, as process 0 sees it.

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
    const members = [...this.members.values()];
    const longest = (
      candidates: readonly Member[],
      since: (member: Member) => number,
      limitMs: number,
    ) =>
      candidates
        .filter((member) => nowMs - since(member) > limitMs)
        .sort((a, b) => since(a) - since(b))[0];
    const silent = longest(members, ({ heardAtMs }) => heardAtMs, silenceMs);
    if (silent) return { member: silent, how: 'silent', forMs: nowMs - silent.heardAtMs };
    // What comes before the first program, such as reading a corpus, takes as long as it takes.
    const begun = members.filter(({ moves, at }) => moves > 0 || at !== '');
    const stalled = longest(begun, ({ movedAtMs }) => movedAtMs, stallMs);
    return stalled ? { member: stalled, how: 'stalled', forMs: nowMs - stalled.movedAtMs } : null;
  }
}
