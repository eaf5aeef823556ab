// A process that runs the jobs of a study in children: node run-children.mjs DIRECTORY PROGRAM ID...
import { createChildProcessExecutor } from '../../dist/study/executors/child-processes.js';

const [directory, program, ...ids] = process.argv.slice(2);
const executor = createChildProcessExecutor({
  ...{ directory, program, workers: ids.length, jobState: () => 'waiting' },
});
const jobs = ids.map((id) => ({ id, directory: `runs/${id}`, after: [] }));
for await (const event of executor.run(jobs)) console.log(JSON.stringify(event));
