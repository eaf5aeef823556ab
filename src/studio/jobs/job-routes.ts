// What pages may do: start, queue, stop and resume runs, and write tags and notes. Requests are small, are JSON, and name folders by ids.

import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { z } from 'zod';
import { plural, UserError } from '../../core/index.ts';
import { findProcess, type KindsOf } from '../answers.ts';
import type { FoundFolder } from '../find-folders.ts';
import type { FolderIndex } from '../folder-index.ts';
import { MOST_NOTE, MOST_TAG, MOST_TAGS, writeNotes } from '../notes.ts';
import type { DoneAnswer, ErrorAnswer, JobFacts, RecipeAnswer } from '../protocol.ts';
import type { JobQueue } from './job-queue.ts';
import { listRecipeForms, type RecipeOrigin, readRecipeForm } from './recipe-form.ts';

/** Of a request. */
const MOST_BYTES = 256 << 10;
/** Settings of a recipe, at most. */
const MOST_SETTINGS = 500;

/** Names that are one folder, wherever they are used. */
const FOLDER_NAME = /^[A-Za-z0-9][\w.-]{0,80}$/;

const text = (most: number) => z.string().max(most);
const recipeSchema = z.union([
  z.strictObject({ name: text(200) }),
  z.strictObject({ id: text(2000) }),
]);
const startSchema = z.strictObject({
  recipe: recipeSchema,
  settings: z.array(text(10_000)).max(MOST_SETTINGS),
  /** Of the new folder. */
  name: z
    .string()
    .regex(
      FOLDER_NAME,
      'a name has letters, digits, dots and dashes, and begins with one of the first two',
    ),
});
const idSchema = z.strictObject({ id: text(2000) });
const notesSchema = z.strictObject({
  id: text(2000),
  tags: z.array(text(MOST_TAG)).max(MOST_TAGS),
  note: text(MOST_NOTE),
});

export type JobRoutesOptions = {
  readonly index: FolderIndex;
  readonly queue: JobQueue;
  readonly kindsOf: KindsOf;
  /** The folder that new runs go to. */
  readonly folder: string;
};

export function addJobRoutes(app: Hono, { index, queue, kindsOf, folder }: JobRoutesOptions): void {
  const find = (id: string): FoundFolder => {
    const found = index.find(id);
    if (found) return found;
    throw new UserError('this run is not there any more');
  };
  const originOf = (recipe: z.output<typeof recipeSchema>): RecipeOrigin =>
    'name' in recipe ? recipe : { folder: find(recipe.id) };

  app.use(
    '/api/*',
    bodyLimit({
      maxSize: MOST_BYTES,
      onError: (context) =>
        context.json<ErrorAnswer>({ error: `requests have ${MOST_BYTES} bytes at most` }, 413),
    }),
  );

  app.get('/api/recipes', async (context) => context.json(await listRecipeForms()));

  app.get('/api/recipe', async (context) => {
    const { name, id } = context.req.query();
    const origin = originOf(id === undefined ? { name: name ?? '' } : { id });
    return context.json<RecipeAnswer>(await readRecipeForm(origin, [], { kindsOf, folder }));
  });

  const onPost = <S extends z.ZodType>(
    route: string,
    schema: S,
    act: (given: z.output<S>, context: Context) => Promise<Response> | Response,
  ) =>
    app.post(route, async (context) => {
      // Forms of other pages cannot send this type.
      if (!context.req.header('content-type')?.startsWith('application/json')) {
        return context.json<ErrorAnswer>({ error: 'requests are JSON' }, 415);
      }
      const given = schema.safeParse(await context.req.json().catch(() => undefined));
      if (given.success) return act(given.data, context);
      const [issue] = given.error.issues;
      const at = issue!.path.length > 0 ? `${issue!.path.join('.')}: ` : '';
      return context.json<ErrorAnswer>({ error: `${at}${issue!.message}` }, 400);
    });

  onPost('/api/jobs/start', startSchema, async ({ recipe, settings, name }, context) => {
    if (settings.some((setting) => /^plugins\b/.test(setting))) {
      throw new UserError('plugins are code: they are not named from a page', {
        hint: 'start such a run on the command line, with --plugin',
      });
    }
    const origin = originOf(recipe);
    // What is wrong with it is said now, and not when its turn comes.
    const { command, file } = await readRecipeForm(origin, settings, { kindsOf, folder });
    const directory = path.join(folder, name);
    if (existsSync(directory)) {
      throw new UserError(`there is a folder ${name} already`, { hint: 'choose another name' });
    }
    const changes = settings.length > 0 ? ['--set', ...settings] : [];
    const args = [command, file, '--out', directory, ...changes];
    const place = `${path.basename(path.resolve(folder))}/${name}`;
    return context.json<JobFacts>(queue.add({ args, directory, place }));
  });

  onPost('/api/jobs/resume', idSchema, ({ id }, context) => {
    const { directory, place } = find(id);
    const { state, kind } = index.facts(id)!;
    if (state !== 'stopped' && state !== 'killed') {
      throw new UserError(`${place} is ${state}: there is nothing to resume`);
    }
    const command = kind === 'redqueen' ? ['drq', 'resume'] : ['resume'];
    return context.json<JobFacts>(queue.add({ args: [...command, directory], directory, place }));
  });

  onPost('/api/jobs/memory', idSchema, ({ id }, context) => {
    const { directory, place } = find(id);
    return context.json<JobFacts>(queue.add({ args: ['memory', directory], directory, place }));
  });

  onPost('/api/jobs/stop', idSchema, ({ id }, context) => {
    const found = find(id);
    const pid = findProcess(found);
    if (pid === null) {
      throw new UserError(`${found.place} has no process on this machine`, {
        hint: 'where it runs on another machine, stop it there',
      });
    }
    // As Ctrl-C does: it saves what it has, and can be resumed to the same bits.
    process.kill(pid, 'SIGTERM');
    queue.noteStop(found.directory);
    return context.json<DoneAnswer>({ done: `${found.place} is asked to stop` });
  });

  onPost('/api/jobs/remove', z.strictObject({ number: z.int() }), ({ number }, context) => {
    if (queue.remove(number)) return context.json<DoneAnswer>({ done: 'removed' });
    throw new UserError('this one runs, or is not there any more', {
      hint: 'stop it on the page of its run',
    });
  });

  onPost('/api/notes', notesSchema, async ({ id, ...notes }, context) => {
    const { directory, kind } = find(id);
    if (kind === 'dataset') throw new UserError('data sets have no notes');
    await writeNotes(directory, notes);
    await index.refresh();
    return context.json<DoneAnswer>({ done: plural(notes.tags.length, 'tag') });
  });
}
