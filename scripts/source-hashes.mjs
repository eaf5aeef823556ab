// Whether dist/ was built from the sources that are there now: the build records a hash of each, and the tests compare.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const RECORD = 'sources.json';

/** SHA-256 of each file that the build reads, by its path from `root`. Tests are not among them. */
export function hashSources(root) {
  const files = ['src', 'kernels', 'studio'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(tsx?|css|html)$/.test(file) && !file.endsWith('.test.ts'))
      // Made of kernels/, and absent from a clone that was never built.
      .filter((file) => !file.endsWith('-wasm.ts'))
      .map((file) => [folder, ...file.split(path.sep)].join('/')),
  );
  return Object.fromEntries(
    ['tsconfig.json', ...files].sort().map((file) => {
      const bytes = readFileSync(path.join(root, file));
      return [file, createHash('sha256').update(bytes).digest('hex').slice(0, 16)];
    }),
  );
}

/** The record of a build, as the text of `sources.json` in its folder. */
export function recordOf(hashes) {
  return `${JSON.stringify(hashes, null, 1)}\n`;
}

/**
 * What is wrong with dist/, in a sentence that ends with what to do; null where it was built from the sources of now.
 *
 * @param root the folder of the package
 */
export function explainStaleBuild(root, current = hashSources(root)) {
  let built;
  try {
    built = JSON.parse(readFileSync(path.join(root, 'dist', RECORD), 'utf8'));
  } catch {
    return 'there is no dist, or it does not say what it was built from: npm run build';
  }
  const all = [...new Set([...Object.keys(built), ...Object.keys(current)])].sort();
  const [first, ...others] = all.filter((file) => built[file] !== current[file]);
  if (first === undefined) return null;
  const more = others.length === 0 ? '' : ` and ${others.length} more of its sources`;
  const how = current[first] === undefined ? 'still has' : 'is older than';
  return `dist ${how} ${first}${more}: npm run build`;
}

export { RECORD as BUILD_RECORD };
