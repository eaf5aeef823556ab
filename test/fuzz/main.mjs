// `npm run fuzz -- --seed N --runs N [--reader NAME] [--first N]`: changed files for every reader, or for one.

import { parseArgs } from 'node:util';
import { formatResults, fuzz, READER_NAMES } from './fuzz.mjs';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '0' },
    runs: { type: 'string', default: '200' },
    first: { type: 'string', default: '0' },
    reader: { type: 'string', multiple: true },
  },
});
const unknown = values.reader?.find((name) => !READER_NAMES.includes(name));
if (unknown) {
  console.error(`no reader is called ${unknown}: there are ${READER_NAMES.join(', ')}`);
  process.exit(2);
}
const results = await fuzz({
  seed: Number(values.seed),
  runs: Number(values.runs),
  first: Number(values.first),
  ...(values.reader ? { readers: values.reader } : {}),
  onFault: ({ file, message, again }) => console.error(`${file}: ${message}\n  ${again}\n`),
});
console.log(formatResults(results));
process.exit(results.some(({ faults }) => faults.length > 0) ? 1 : 0);
