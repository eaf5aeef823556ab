// Makes a source that comes with the package: npm run ship-source -- RUN NAME [--description TEXT]
// RUN is the folder of a finished run of one stage on a world; the result is sources/NAME.

import { parseArgs } from 'node:util';
import { openDevice } from '../dist/tensor/index.js';
import { REGISTRIES, shipSource } from '../dist/training/index.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { description: { type: 'string' } },
});
const [directory, name, ...others] = positionals;
if (name === undefined || others.length > 0) {
  console.error('usage: npm run ship-source -- RUN NAME [--description TEXT]');
  process.exit(2);
}

const device = openDevice();
try {
  const { description } = values;
  const { sha256, gate, files, tokens } = await shipSource(directory, {
    name,
    description,
    device,
    registries: REGISTRIES,
  });
  const { mean, interval } = gate.margin;
  console.log(
    `sources/${name}: ${files['model.safetensors'].bytes} bytes of weights, sha256 ${sha256}`,
  );
  console.log(`${tokens} tokens; ${gate.verdict}: loss ${gate.loss}, margin ${mean} (${interval})`);
} catch (error) {
  if (error?.name !== 'UserError') throw error;
  console.error(`error: ${error.message}${error.hint ? ` (${error.hint})` : ''}`);
  process.exitCode = 1;
} finally {
  await device.close();
}
