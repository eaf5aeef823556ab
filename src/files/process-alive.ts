// Whether processes live, and which of those that had one id.

import { readFileSync } from 'node:fs';

/** Whether a process with this id exists on this machine (it may be an unrelated one). */
export function isProcessAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid < 1) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * When a process started, in the kernel's units (Linux, proc(5): field 22 of stat); null elsewhere. Process ids are used
 * again, in containers nearly always; the start time tells them apart.
 */
export function processStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses, and may hold spaces.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
