// Stands in for Slurm: array tasks are background processes, and what it knows of them lies in the folder SLURM_STANDIN, in
// queue/TASK while they wait or run, and in accounts/TASK.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const STATE = process.env.SLURM_STANDIN;
const [command, ...args] = process.argv.slice(2);
const at = (...names) => path.join(STATE, ...names);
const option = (name) => args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
const readJob = (id) => JSON.parse(fs.readFileSync(at('jobs', `${id}.json`), 'utf8'));

/** By rename: others read meanwhile. */
function write(file, text) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(at(`new-${process.pid}`), text);
  fs.renameSync(at(`new-${process.pid}`), file);
}

function tell(id, index, state, exit = '0:0') {
  const task = `${id}_${index}`;
  write(at('accounts', task), `${task}|${state}|${exit}\n`);
  if (['PENDING', 'RUNNING'].includes(state)) {
    write(at('queue', task), `${task}|${readJob(id).name}|${state}\n`);
  } else fs.rmSync(at('queue', task));
}

const commands = {
  sbatch() {
    const [script, ...rest] = args.filter((arg) => !arg.startsWith('--'));
    const text = fs.readFileSync(script, 'utf8');
    const asked = [...text.matchAll(/^#SBATCH (.*)$/gm)].map(([, line]) => line);
    fs.mkdirSync(at('jobs'), { recursive: true });
    const id = String(
      1000 + fs.readdirSync(at('jobs')).filter((name) => /json$/.test(name)).length,
    );
    const [range, atOnce = null] = option('array').split('%');
    const [first, last] = range.split('-').map(Number);
    const tasks = Array.from({ length: last - first + 1 }, (_, i) => first + i);
    // Slurm keeps a copy of the script.
    write(at('jobs', `${id}.sh`), text);
    const job = {
      ...{ name: option('job-name'), tasks, asked, script: text, arguments: rest },
      ...{ directory: option('chdir'), output: option('output') },
      ...(atOnce === null ? {} : { atOnce: Number(atOnce) }),
    };
    write(at('jobs', `${id}.json`), JSON.stringify(job));
    for (const index of tasks) {
      tell(id, index, 'PENDING');
      const self = fileURLToPath(import.meta.url);
      const child = spawn(process.execPath, [self, 'task', id, `${index}`], {
        ...{ detached: true, stdio: 'ignore' },
      });
      child.unref();
    }
    // Whoever submits is killed before it hears of it.
    if (fs.existsSync(at('fault-sbatch'))) process.kill(process.ppid, 'SIGKILL');
    console.log(id);
  },

  async task() {
    const [id, index] = args;
    const job = readJob(id);
    const before = job.tasks.filter((other) => other < Number(index));
    const isOpen = (other) => fs.existsSync(at('queue', `${id}_${other}`));
    while (before.filter(isOpen).length >= (job.atOnce ?? Number.POSITIVE_INFINITY)) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const log = fs.openSync(path.join(job.directory, job.output.replace('%a', index)), 'a');
    const [, cpus] = /--cpus-per-task=(\d+)/.exec(job.asked.join(' ')) ?? [];
    const given = { SLURM_ARRAY_TASK_ID: index, ...(cpus ? { SLURM_CPUS_PER_TASK: cpus } : {}) };
    const child = spawn('bash', [at('jobs', `${id}.sh`), ...job.arguments], {
      cwd: job.directory,
      env: { ...process.env, ...given },
      stdio: ['ignore', log, log],
    });
    write(at('pids', `${id}_${index}`), `${child.pid}`);
    tell(id, index, 'RUNNING');
    const [code, signal] = await new Promise((resolve) => {
      child.on('exit', (...end) => resolve(end));
    });
    const number = { SIGKILL: 9, SIGTERM: 15 }[signal] ?? 0;
    const canceled = fs.existsSync(at('canceled', `${id}_${index}`));
    const state = canceled ? 'CANCELLED by 1000' : code === 0 ? 'COMPLETED' : 'FAILED';
    tell(id, index, state, `${code ?? 0}:${number}`);
  },

  scancel() {
    for (const task of args) {
      write(at('canceled', task), '');
      process.kill(Number(fs.readFileSync(at('pids', task), 'utf8')), 'SIGTERM');
    }
  },
};

await commands[command]();
