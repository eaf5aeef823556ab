// The studio as static files, for any web host: its pages, and what they would ask the server for.

import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../core/index.ts';
import { writeJsonAtomic } from '../files/json.ts';
import {
  type KindsOf,
  readMemoryAnswer,
  readMetricsAnswer,
  readRaceAnswer,
  readReportAnswer,
  readRunAnswer,
} from './answers.ts';
import type { FoundFolder } from './find-folders.ts';
import { FolderIndex } from './folder-index.ts';
import { POLICY } from './policy.ts';
import type { Attempt, FolderFacts, SiteFile, SiteFolder, SiteIndex } from './protocol.ts';

export type ExportOptions = {
  readonly folders: readonly string[];
  /** Where the files go: a folder that is new, empty, or an export. */
  readonly out: string;
  readonly kindsOf: KindsOf;
  /** Called after each folder. */
  readonly onFolder?: (place: string, done: number, total: number) => void;
};

export type Exported = { readonly runs: number; readonly bytes: number };

/** Lists what a site has; by it an export is known. */
const INDEX_FILE = 'data/index.json';
/** Bytes of metrics that are exported of a run, at most. */
const MOST_METRICS = 32 << 20;

/**
 * Writes the studio's pages with what lies in some folders now. A page that needs the server (starting runs, comparing any two) says
 * so there.
 *
 * @throws UserError where `out` holds something else, or a folder is not there
 */
export async function exportSite(options: ExportOptions): Promise<Exported> {
  const { folders, out, kindsOf, onFolder } = options;
  requireOwn(out, folders);
  for (const folder of folders) {
    if (!existsSync(folder)) {
      throw new UserError(`${folder} is not there`, { hint: 'name a folder with runs in it' });
    }
  }
  const index = new FolderIndex(folders);
  await index.refresh();
  const all = index.list();
  if (existsSync(out))
    for (const name of readdirSync(out)) rmSync(path.join(out, name), { recursive: true });
  mkdirSync(path.join(out, 'data'), { recursive: true });
  const listed: SiteFolder[] = [];
  for (const [i, facts] of all.entries()) {
    const file = `data/${i}.json`;
    writeJsonAtomic(path.join(out, file), await readFolder(index.find(facts.id)!, facts, kindsOf));
    listed.push({ facts, file });
    onFolder?.(facts.place, i + 1, all.length);
  }
  const site: SiteIndex = { folders: listed, isCut: index.isCut, exportedMs: Date.now() };
  writeJsonAtomic(path.join(out, INDEX_FILE), site);
  index.close();
  copyPages(out);
  return { runs: all.length, bytes: sizeOf(out) };
}

/**
 * What belongs to somebody else is not written over, and neither is what is to be exported.
 *
 * @throws UserError for a folder with other files in it, or around one of `folders`
 */
function requireOwn(out: string, folders: readonly string[]): void {
  const around = folders.find((folder) => isWithin(folder, out));
  if (around !== undefined) {
    throw new UserError(`${out} holds ${around}, which would be written over`, {
      hint: 'name a new folder with --out',
    });
  }
  if (!existsSync(out) || readdirSync(out).length === 0 || isExport(out)) return;
  throw new UserError(`${out} has files in it that are not an exported studio`, {
    hint: 'name a new folder with --out',
  });
}

/** Whether a place is a folder, or lies below it. */
function isWithin(place: string, folder: string): boolean {
  const way = path.relative(folder, place);
  return way !== '..' && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way);
}

/** Whether a folder is an earlier export: other sites have a data/index.json, too. */
function isExport(folder: string): boolean {
  const [page, index] = ['index.html', INDEX_FILE].map((name) => path.join(folder, name));
  if (!existsSync(page!) || !existsSync(index!)) return false;
  return readFileSync(page!, 'utf8').includes(FILE_MARK);
}

/** All that pages ask for about a folder; null what it does not have. */
async function readFolder(
  folder: FoundFolder,
  facts: FolderFacts,
  kindsOf: KindsOf,
): Promise<SiteFile> {
  const attempt = async <T>(read: () => T | Promise<T>): Promise<Attempt<T>> => {
    try {
      return { value: await read() };
    } catch (error) {
      if (error instanceof UserError) return { error: error.message };
      throw error;
    }
  };
  return {
    run: await readRunAnswer(folder, facts),
    rows: await readAllRows(folder),
    report: await attempt(() => readReportAnswer(folder, kindsOf)),
    memory: await attempt(() => readMemoryAnswer(folder)),
    race: facts.kind === 'redqueen' ? await attempt(() => readRaceAnswer(folder)) : null,
  };
}

async function readAllRows(folder: FoundFolder): Promise<SiteFile['rows']> {
  const rows: SiteFile['rows'][number][] = [];
  for (let from = 0; from < MOST_METRICS; ) {
    const answer = await readMetricsAnswer(folder, from);
    if (answer.next === from) break;
    rows.push(...answer.rows);
    from = answer.next;
  }
  return rows;
}

/** The mark in the page by which it reads files in place of asking a server. */
const LIVE_MARK = '<meta name="studio-data" content="server"';
const FILE_MARK = '<meta name="studio-data" content="files"';

function copyPages(out: string): void {
  const assets = fileURLToPath(new URL('../../dist/studio', import.meta.url));
  cpSync(assets, out, { recursive: true });
  const page = path.join(out, 'index.html');
  const html = readFileSync(page, 'utf8');
  if (!html.includes(LIVE_MARK)) throw new Error('the built page has no mark of its data');
  // A host sets no headers of ours; a page cannot say who may frame it.
  const policy = POLICY.filter((rule) => !rule.startsWith('frame-ancestors')).join('; ');
  const marks = `<meta http-equiv="Content-Security-Policy" content="${policy}" />
    ${FILE_MARK}`;
  writeFileSync(page, html.replace(LIVE_MARK, marks));
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const file = path.join(folder, entry.name);
    return sum + (entry.isDirectory() ? sizeOf(file) : readFileSync(file).length);
  }, 0);
}
