// The folders that the studio shows, kept up to date: looked for again and again, and described anew where something changed.

import { describeFolder, lookAtFolder, stampFolder } from './describe-folder.ts';
import { type FoundFolder, findFolders } from './find-folders.ts';
import type { FolderFacts, StudioEvent } from './protocol.ts';

type Known = { readonly folder: FoundFolder; readonly stamp: string; readonly facts: FolderFacts };

export type FolderIndexOptions = {
  /** Between two looks for new folders. */
  readonly findEveryMs?: number;
  /** Between two looks at those that are known. */
  readonly lookEveryMs?: number;
};

/** Folders that are described at a time. */
const AT_ONCE = 16;

export class FolderIndex {
  readonly #roots: readonly string[];
  readonly #options: Required<FolderIndexOptions>;
  readonly #known = new Map<string, Known>();
  readonly #listeners = new Set<(event: StudioEvent) => void>();
  #isCut = false;
  #foundMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #first: Promise<void> | undefined;

  /** @param roots the folders that are shown, with what is below */
  constructor(roots: readonly string[], options: FolderIndexOptions = {}) {
    this.#roots = roots;
    this.#options = { findEveryMs: 5000, lookEveryMs: 1000, ...options };
  }

  /** Everything that is known, the newest first. */
  list(): FolderFacts[] {
    const all = [...this.#known.values()].map(({ facts }) => facts);
    return all.sort((a, b) => (b.createdMs ?? 0) - (a.createdMs ?? 0) || (a.id < b.id ? -1 : 1));
  }

  folders(): FoundFolder[] {
    return [...this.#known.values()].map(({ folder }) => folder);
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  /** The folder of an id; undefined for ids that no folder has: there is no other way to a path. */
  find(id: string): FoundFolder | undefined {
    return this.#known.get(id)?.folder;
  }

  facts(id: string): FolderFacts | undefined {
    return this.#known.get(id)?.facts;
  }

  /** Looks at once, and tells the listeners of what changed. */
  refresh(): Promise<void> {
    this.#looking = this.#looking.then(() => this.#look(true));
    return this.#looking;
  }

  /** Looks at once if nobody has looked yet. */
  ready(): Promise<void> {
    this.#first ??= this.refresh();
    return this.#first;
  }

  /** Looks as long as somebody listens. @returns what ends it */
  listen(listener: (event: StudioEvent) => void): () => void {
    this.#listeners.add(listener);
    this.#schedule();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) clearTimeout(this.#timer);
    };
  }

  close(): void {
    this.#listeners.clear();
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#listeners.size === 0) return;
    this.#timer = setTimeout(async () => {
      this.#looking = this.#looking.then(() => this.#look(false));
      await this.#looking;
      this.#schedule();
    }, this.#options.lookEveryMs);
    this.#timer.unref();
  }

  async #look(again: boolean): Promise<void> {
    const isDue = performance.now() - this.#foundMs >= this.#options.findEveryMs;
    const removed: string[] = [];
    let folders = [...this.#known.values()].map(({ folder }) => folder);
    const isFresh = again || isDue;
    if (isFresh) {
      const found = await findFolders(this.#roots);
      this.#foundMs = performance.now();
      this.#isCut = found.isCut;
      folders = [...found.folders];
      const ids = new Set(folders.map(({ id }) => id));
      for (const id of this.#known.keys()) if (!ids.has(id)) removed.push(id);
      for (const id of removed) this.#known.delete(id);
    }
    const changed: FolderFacts[] = [];
    for (let begin = 0; begin < folders.length; begin += AT_ONCE) {
      const part = folders.slice(begin, begin + AT_ONCE);
      const facts = await Promise.all(part.map((folder) => this.#describe(folder, isFresh)));
      changed.push(...facts.filter((one) => one !== null));
    }
    if (changed.length + removed.length > 0) this.#tell({ changed, removed });
  }

  /** The facts of a folder; null where they have not changed. */
  async #describe(folder: FoundFolder, isFresh: boolean): Promise<FolderFacts | null> {
    const known = this.#known.get(folder.id);
    const look = await lookAtFolder(folder, isFresh ? folder.files : undefined);
    if (Object.values(look).every((file) => file === null)) {
      // Removed or moved: the next look is one for all folders.
      this.#foundMs = Number.NEGATIVE_INFINITY;
      return null;
    }
    const stamp = stampFolder(look);
    // Whether a process lives shows in no file.
    const isSame = known?.stamp === stamp && known.folder.kind === folder.kind;
    if (isSame && known.facts.state !== 'running') return null;
    const facts = await describeFolder(folder, look);
    this.#known.set(folder.id, { folder, stamp, facts });
    return isSame && facts.state === known.facts.state ? null : facts;
  }

  #tell(news: { readonly changed: readonly FolderFacts[]; readonly removed: readonly string[] }) {
    const event: StudioEvent = { kind: 'folders', ...news, isCut: this.#isCut };
    for (const listener of this.#listeners) listener(event);
  }
}
