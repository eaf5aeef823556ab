// One process of a group, for tests: `node group-member.mjs WHAT`, its place in the environment. What happens goes to standard
// output, a word or a JSON text per line.

import { Worker } from 'node:worker_threads';
import { askBlocking, joinGroup, readProcessGroup } from '../../dist/processes/index.js';

const [what] = process.argv.slice(2);
const say = (line) => console.log(typeof line === 'string' ? line : JSON.stringify(line));

/** Waits in native code for a thousand seconds, as a collective does whose peer is gone. */
function waitInNativeCode() {
  const code = `
    const native = require('koffi');
    const sleep = native.load(null).func('unsigned int sleep(unsigned int seconds)');
    require('node:worker_threads').parentPort.postMessage('waits');
    sleep(1000);`;
  return new Promise((resolve) => {
    const worker = new Worker(code, { eval: true });
    worker.once('message', resolve);
    worker.unref();
    // Only for as long as it starts.
    const timer = setInterval(() => {}, 1000);
    worker.once('message', () => clearInterval(timer));
  });
}

async function talk(group) {
  const { rank, size } = group;
  if (rank === 0) {
    group.command({ kind: 'sum', values: Float32Array.from([1, 2.5, -0]) });
    group.command({ kind: 'done' });
  } else {
    await new Promise((resolve) => {
      group.onCommand((request) => {
        if (request.kind === 'done') resolve();
        else say({ kind: request.kind, values: [...request.values] });
      });
    });
  }
  // This thread waits, its group's does not.
  const port = group.openPort();
  const bytes = (text) => new TextEncoder().encode(text);
  const text = ({ value, error }) => error ?? new TextDecoder().decode(value);
  say(text(askBlocking(port, { op: 'tryGet', key: 'nothing' })));
  say(text(askBlocking(port, { op: 'get', key: 'nothing', timeoutMs: 50 })));
  askBlocking(port, { op: 'put', key: `from ${rank}`, value: bytes(`value ${rank}`) });
  const next = (rank + 1) % size;
  say(text(askBlocking(port, { op: 'get', key: `from ${next}`, timeoutMs: 60_000 })));
  await group.requireSame('end', 'x', '');
  port.close();
  if (rank !== 0) say(await group.outcome);
  await group.leave(rank === 0 ? { exitCode: 0, error: 'none' } : null);
}

let group = null;
try {
  group = await joinGroup(readProcessGroup());
  say('joined');
  await group.requireSame('recipe', process.env.RECIPE ?? 'x', 'a hint');
  if (what === 'talk') await talk(group);
  if (what === 'wait' || what === 'deaf') {
    const lost = new Promise((_, reject) => group.onLost(reject));
    lost.catch(() => {});
    group.note("stage 'text', step 7");
    // At the second meeting all know where process 0 is.
    await group.requireSame('first', '', '');
    await group.requireSame('second', '', '');
    await waitInNativeCode();
    say('waits');
    if (what === 'deaf') await new Promise((resolve) => setTimeout(resolve, 1e6));
    await lost;
  }
  if (what === 'fail') {
    // As a device holds one that has failed.
    group.openPort();
    await group.fail('the disk is full');
    throw new Error('the disk is full');
  }
} catch (error) {
  console.error(`error: ${error.message}`);
  process.exitCode = 1;
  if (what !== 'fail') await group?.leave({ exitCode: 1, error: error.message });
}
