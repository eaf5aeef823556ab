// The notices that licenses of bundled packages ask for, in a file beside the bundle.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Licenses under which a package may be bundled. */
const ALLOWED = new Set([
  'MIT',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'Apache-2.0',
  '(MIT AND Zlib)',
  'Zlib',
]);

/**
 * @param files modules of a bundle; those that are not of packages are left out
 * @param out the file that is written
 */
export function writeLicenses(files, out) {
  const folders = new Set([...files].map(findPackage).filter((folder) => folder !== null));
  const notices = [...folders].map(readNotice).sort();
  const rule = `\n${'-'.repeat(80)}\n\n`;
  writeFileSync(out, `Parts of other packages are bundled here.\n${rule}${notices.join(rule)}`);
}

/** The folder of the package that a module belongs to; null for our own. */
function findPackage(file) {
  // Bundlers add questions and marks to names of files.
  const name = file.replace(/^\0/, '').replace(/\?.*$/, '').split(path.sep).join('/');
  const found = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(name);
  return found ? found[1] : null;
}

function readNotice(folder) {
  const { name, version, license } = JSON.parse(
    readFileSync(path.join(folder, 'package.json'), 'utf8'),
  );
  if (!ALLOWED.has(license)) throw new Error(`${name} ${version} has the license ${license}`);
  const file = readdirSync(folder).find((entry) => /^licen[cs]e(\.|$)/i.test(entry));
  const text =
    file && existsSync(path.join(folder, file))
      ? readFileSync(path.join(folder, file), 'utf8').trim()
      : '';
  return `${name} ${version} (${license})\n${text === '' ? '' : `\n${text}\n`}`;
}
