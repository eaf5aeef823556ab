// A module for `node --import`: counts what a program does to the disk, and at one operation kills the process, sends
// it a signal, or makes the disk fail. Told by environment variables, so that the program under test knows nothing of it:
//   DISK_FAULT_AT     number of the operation, from 1; absent to count alone
//   DISK_FAULT_KIND   `kill before` or `kill midway` (half of a write); a signal such as SIGTERM, which the process gets
//                     while the operation goes on; or a code such as ENOSPC, with which that operation and every later
//                     one fails that takes space
//   DISK_FAULT_LOG    a file that gets a line an operation
//   DISK_FAULT_UNDER  only paths that begin so count
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import path from 'node:path';
import { isMainThread } from 'node:worker_threads';

const {
  DISK_FAULT_AT,
  DISK_FAULT_KIND = 'kill before',
  DISK_FAULT_LOG,
  DISK_FAULT_UNDER,
} = process.env;
const real = { ...fs };
const faultAt = DISK_FAULT_AT === undefined ? Number.POSITIVE_INFINITY : Number(DISK_FAULT_AT);
const kills = DISK_FAULT_KIND.startsWith('kill');
const signals = DISK_FAULT_KIND.startsWith('SIG');
const log = DISK_FAULT_LOG === undefined ? null : real.openSync(DISK_FAULT_LOG, 'a');
const TAKES_SPACE = /^(open|write|writeFile|mkdir|link|copyFile)Sync$/;

/** Paths of open descriptors that were opened for writing. */
const written = new Map();
let count = 0;
let inside = false;

function isUnder(file) {
  return DISK_FAULT_UNDER === undefined || path.resolve(String(file)).startsWith(DISK_FAULT_UNDER);
}

function die() {
  process.kill(process.pid, 'SIGKILL');
}

function fail(name, code, file) {
  const syscall = name.replace(/Sync$/, '');
  throw Object.assign(new Error(`${code}: injected, ${syscall} '${file}'`), { code, syscall });
}

/** Counts an operation, and lets it fail or be the last one. */
function pass(name, file, halfway) {
  count++;
  if (log !== null) real.writeSync(log, `${name} ${path.resolve(String(file))}\n`);
  if (kills || signals) {
    if (count !== faultAt) return;
    if (signals) return void process.kill(process.pid, DISK_FAULT_KIND);
    if (DISK_FAULT_KIND === 'kill midway') halfway?.();
    die();
  }
  if (count >= faultAt && TAKES_SPACE.test(name)) fail(name, DISK_FAULT_KIND, file);
}

/** Replaces an operation by one that is counted; what it calls itself is not. */
function wrap(name, fileOf, halfway) {
  const original = real[name];
  fs[name] = (...args) => {
    const file = fileOf(args);
    if (inside || file === null || !isUnder(file)) return original(...args);
    pass(name, file, halfway && (() => halfway(...args)));
    inside = true;
    try {
      return original(...args);
    } finally {
      inside = false;
    }
  };
}

const first = ([file]) => file;
const second = ([, file]) => file;
const opened = ([descriptor]) => written.get(descriptor) ?? null;

function removeOne(file) {
  const folder = real.statSync(file, { throwIfNoEntry: false })?.isDirectory();
  const [entry] = folder ? real.readdirSync(file) : [];
  if (entry !== undefined) real.rmSync(path.join(file, entry), { recursive: true });
}

if (isMainThread) {
  wrap('writeSync', opened, (descriptor, data, offset = 0, length = data.length) => {
    real.writeSync(descriptor, data, offset, Math.floor(length / 2));
  });
  wrap('fsyncSync', opened);
  wrap('ftruncateSync', opened);
  wrap('writeFileSync', first, (file, data) => {
    real.writeFileSync(file, data.slice(0, Math.floor(data.length / 2)));
  });
  wrap('mkdirSync', first);
  wrap('renameSync', second);
  wrap('linkSync', second);
  wrap('copyFileSync', second);
  wrap('rmSync', first, removeOne);
  wrap('rmdirSync', first);
  wrap('unlinkSync', first);
  const { openSync, closeSync } = real;
  fs.openSync = (file, flags = 'r', ...rest) => {
    const writes = typeof flags === 'string' && /[wa+]/.test(flags);
    if (writes && !inside && isUnder(file)) pass('openSync', file);
    const descriptor = openSync(file, flags, ...rest);
    if (writes && isUnder(file)) written.set(descriptor, file);
    return descriptor;
  };
  fs.closeSync = (descriptor) => {
    written.delete(descriptor);
    return closeSync(descriptor);
  };
  syncBuiltinESMExports();
}
