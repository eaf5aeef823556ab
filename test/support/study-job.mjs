// Stands in for `primordia study job DIRECTORY ID --json`: does what plan.json in the study's folder says of the job.
//   { die: [1, 2] }   is killed (kill -9) at these attempts
//   { fail: TEXT }    ends with an error; { record: TEXT } writes that it failed into its folder, as a result
//   { wait: true }    works until the study's folder has a file `go`; asked to stop, it writes `saved` and ends
//   { needs: [IDS] }  must find the results of these
import fs from 'node:fs';
import path from 'node:path';

const [group, name, directory, id, ...flags] = process.argv.slice(2);
const plan = JSON.parse(fs.readFileSync(path.join(directory, 'plan.json'), 'utf8'))[id];
const folder = path.join(directory, 'runs', id);
fs.mkdirSync(folder, { recursive: true });
fs.appendFileSync(path.join(folder, 'attempts'), `${group} ${name} ${flags.join(' ')}\n`);
const attempt = fs.readFileSync(path.join(folder, 'attempts'), 'utf8').split('\n').length - 1;
const finish = (result) => {
  fs.writeFileSync(path.join(folder, 'result.tmp'), JSON.stringify(result));
  fs.renameSync(path.join(folder, 'result.tmp'), path.join(folder, 'result.json'));
};

for (const needed of plan.needs ?? []) {
  if (!fs.existsSync(path.join(directory, 'runs', needed, 'result.json'))) {
    console.error(`error: ${id} started before ${needed}`);
    process.exit(1);
  }
}
if (plan.wait) {
  // Before anybody is told that it works.
  process.on('SIGTERM', () => {
    fs.writeFileSync(path.join(folder, 'saved'), '');
    process.exit(143);
  });
}
console.log('not an event');
console.log(JSON.stringify({ event: 'step', step: attempt }));
if (plan.die?.includes(attempt)) {
  process.kill(process.pid, 'SIGKILL');
  setInterval(() => {}, 1000);
} else if (plan.fail) {
  console.error(`error: ${plan.fail}`);
  process.exitCode = 1;
} else if (plan.record) {
  finish({ failed: plan.record });
  process.exitCode = 1;
} else if (plan.wait) {
  setInterval(() => {
    if (!fs.existsSync(path.join(directory, 'go'))) return;
    finish({ attempt });
    process.exit(0);
  }, 5);
} else if (plan.long) {
  // A line without an end, and more lines than anybody takes.
  process.stdout.write(`{"long":"${'x'.repeat(plan.long)}"}\n`);
  finish({ attempt });
} else if (!plan.silent) finish({ attempt });
