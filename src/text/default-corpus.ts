// The corpus that needs no download: English documentation of the installed npm packages.

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../core/index.ts';
import { looksEnglish, readParagraphs } from './clean-markdown.ts';
import type { Corpus } from './corpus.ts';

const MARKDOWN = /\.(md|markdown|mdx)$/i;
const LEGAL =
  /^(licen[cs]es?|unlicense|copying|copyright|notices?|third[-_ ]?party.*|patents)([-_. ].*)?$/i;
const LANGUAGES =
  'ar|az|bg|bn|ca|cn|cs|da|de|el|eo|es|et|fa|fi|fr|gl|he|hi|hr|hu|id|is|it|ja|jp|ka|kk|ko|kr|lt|lv|ms|nb|nl|no|pl|pt|ro|ru|sk|sl|sr|sv|ta|th|tr|tw|uk|ur|uz|vi|zh';
const REGION = '(?:[-_][a-z]{2,4})?';
// README.ja.md and guide.zh-CN.md, but `-it` and the like only after "readme", where it is no word.
const TRANSLATED = new RegExp(
  `(?:\\.(?:${LANGUAGES})${REGION}|^readme[-_](?:${LANGUAGES})${REGION})\\.(?:md|markdown|mdx)$`,
  'i',
);
const TRANSLATED_FOLDER = new RegExp(`^(?:${LANGUAGES})${REGION}$`, 'i');

/** Paragraphs at least this long occur once in the whole corpus. */
const MIN_UNIQUE_LENGTH = 80;
/** What is left of a document must be this long to be kept. */
const MIN_DOCUMENT_LENGTH = 200;

type LockedPackage = {
  readonly os?: unknown;
  readonly cpu?: unknown;
  readonly optional?: unknown;
  readonly link?: unknown;
};

/**
 * The Markdown of the packages npm installed, without packages for one platform or optional (they
 * differ between machines), legal texts, translations, paragraphs that occurred before and what
 * little they leave of a document. The same lockfile gives the same documents in the same order, that of their SHA-256.
 *
 * @param root the folder that holds `node_modules`; by default where this package is installed
 * @throws UserError when there is no npm installation or no documentation in it
 */
export function readDefaultCorpus(root: string = findInstallRoot(import.meta.url)): Corpus {
  const seen = new Set<string>();
  const documents: string[] = [];
  for (const folder of listPackages(root)) {
    for (const file of listMarkdown(path.join(root, folder))) {
      const text = readFileSync(file, 'utf8');
      if (!looksEnglish(text)) continue;
      const paragraphs = readParagraphs(text);
      const document = paragraphs.filter((paragraph) => isNew(paragraph, seen)).join('\n\n');
      const mostlySeen = document.length < 0.5 * paragraphs.join('\n\n').length;
      if (document.length >= MIN_DOCUMENT_LENGTH && !mostlySeen) documents.push(`${document}\n`);
    }
  }
  if (documents.length === 0) throw nothingFound(root);
  const keyed = documents.map((text) => [createHash('sha256').update(text).digest('hex'), text]);
  keyed.sort(([a], [b]) => compare(a!, b!));
  return { name: 'package documentation', documents: keyed.map(([, text]) => text!) };
}

function nothingFound(root: string): UserError {
  return new UserError(`no documentation of installed packages under ${root}`, {
    hint: 'run npm ci there, or pass your own text with --text FILE',
  });
}

/** By code unit, which no locale changes. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function isNew(paragraph: string, seen: Set<string>): boolean {
  if (paragraph.length < MIN_UNIQUE_LENGTH) return true;
  const normal = paragraph.replace(/\s+/g, ' ').trim().toLowerCase();
  if (seen.has(normal)) return false;
  seen.add(normal);
  return true;
}

/**
 * The folder whose `node_modules` holds the dependencies of the package that `moduleUrl` is in: the
 * package itself in a checkout, the project around it when it is installed as a dependency.
 */
export function findInstallRoot(moduleUrl: string): string {
  let folder = path.dirname(fileURLToPath(moduleUrl));
  while (readPackageName(folder) !== 'primordia') {
    const parent = path.dirname(folder);
    if (parent === folder) throw nothingFound(path.dirname(fileURLToPath(moduleUrl)));
    folder = parent;
  }
  const parent = path.dirname(folder);
  const installed = path.basename(parent) === 'node_modules';
  return installed && findLockfile(folder) === undefined ? path.dirname(parent) : folder;
}

function readPackageName(folder: string): string | undefined {
  const file = path.join(folder, 'package.json');
  if (!existsSync(file)) return undefined;
  return (JSON.parse(readFileSync(file, 'utf8')) as { name?: string }).name;
}

function findLockfile(root: string): string | undefined {
  return [
    path.join(root, 'node_modules', '.package-lock.json'),
    path.join(root, 'package-lock.json'),
  ].find((file) => existsSync(file));
}

/** Package folders under `root`, sorted, as the lockfile writes them (`node_modules/a/node_modules/b`). */
function listPackages(root: string): string[] {
  const lockfile = findLockfile(root);
  if (lockfile === undefined) throw nothingFound(root);
  let packages: Record<string, LockedPackage>;
  try {
    packages = JSON.parse(readFileSync(lockfile, 'utf8')).packages ?? {};
  } catch (cause) {
    throw new UserError(`${lockfile} is not valid JSON`, { hint: 'run npm ci', cause });
  }
  return Object.entries(packages)
    .filter(([folder, entry]) => {
      const varies = entry.os !== undefined || entry.cpu !== undefined || entry.optional === true;
      return folder.includes('node_modules/') && entry.link !== true && !varies;
    })
    .map(([folder]) => folder)
    .sort(compare);
}

/** English Markdown files of a package, sorted, without the packages nested in it. */
function listMarkdown(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const files: string[] = [];
  const entries = readdirSync(folder, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => compare(a.name, b.name))) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      if (entry.name !== 'node_modules' && !TRANSLATED_FOLDER.test(entry.name)) {
        files.push(...listMarkdown(file));
      }
    } else if (entry.isFile() && isEnglishDocument(entry.name)) files.push(file);
  }
  return files;
}

function isEnglishDocument(name: string): boolean {
  return MARKDOWN.test(name) && !LEGAL.test(name.replace(MARKDOWN, '')) && !TRANSLATED.test(name);
}
