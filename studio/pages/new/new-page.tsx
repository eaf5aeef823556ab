// Starts a run: a recipe of the package or that of another run, with changes.

import { useSignal } from '@preact/signals';
import type { RecipeAnswer, RecipeListAnswer } from '../../../src/studio/protocol.ts';
import type { RequestError } from '../../client.ts';
import type { PageProps } from '../../pages.ts';
import { Failed } from '../../parts/failed.tsx';
import type { Texts } from '../../parts/schema-fields.ts';
import { SchemaForm } from '../../parts/schema-form.tsx';
import { addressOf } from '../../routes.ts';
import { useAnswer } from '../../use-answer.ts';
import { proposeName, quoteWord, readRecipeFields, writeSettings } from './recipe-fields.ts';
import './new.css';

export function NewPage(props: PageProps) {
  const { store, query } = props;
  if (store.jobs.value === null) {
    return (
      <section class="empty">
        <h1>Start a run</h1>
        <p>This studio only shows: it was started with --read-only, or is a copy on a web host.</p>
      </section>
    );
  }
  const name = query.get('recipe');
  const run = query.get('run');
  if (name !== null) return <RecipeForm key={name} origin={{ name }} {...props} />;
  if (run !== null) return <RecipeForm key={run} origin={{ id: run }} {...props} />;
  return <RecipeList {...props} />;
}

const GROUPS = [
  { command: 'train', heading: 'Training runs' },
  { command: 'study', heading: 'Studies: several runs, compared' },
  { command: 'drq', heading: 'Arms races of Core War programs' },
] as const;

function RecipeList({ client }: PageProps) {
  const asked = useAnswer((signal) => client.recipes(signal), '').value;
  const text = useSignal('');
  if (asked.kind === 'failed') return <Failed heading="There are no recipes" {...asked} />;
  if (asked.kind === 'waiting') return <p class="waiting">Reading recipes…</p>;
  const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = ({ name, description }: RecipeListAnswer[number]) =>
    words.every((word) => `${name} ${description}`.toLowerCase().includes(word));
  const found = asked.value.filter(fits);
  return (
    <>
      <h1>Start a run</h1>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <label>
          Search recipes
          <input
            type="search"
            value={text.value}
            onInput={({ currentTarget }) => {
              text.value = currentTarget.value;
            }}
          />
        </label>
        <span class="count" role="status">
          {found.length} of {asked.value.length}
        </span>
      </form>
      {GROUPS.map(({ command, heading }) => {
        const own = found.filter((one) => one.command === command);
        if (own.length === 0) return null;
        return (
          <section key={command}>
            <h2>{heading}</h2>
            <ul class="recipes">
              {own.map(({ name, description }) => (
                <li key={name}>
                  <a href={addressOf('new', '', { recipe: name })}>{name}</a>
                  <p>{description}</p>
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </>
  );
}

type Origin = { readonly name: string } | { readonly id: string };

function RecipeForm({ origin, store, client }: PageProps & { readonly origin: Origin }) {
  const asked = useAnswer((signal) => client.recipe(origin, signal), JSON.stringify(origin)).value;
  if (asked.kind === 'failed') return <Failed heading="This recipe cannot be read" {...asked} />;
  if (asked.kind === 'waiting') return <p class="waiting">Reading the recipe…</p>;
  return <Form answer={asked.value} origin={origin} store={store} client={client} />;
}

function Form({
  answer,
  origin,
  store,
  client,
}: Pick<PageProps, 'store' | 'client'> & {
  readonly answer: RecipeAnswer;
  readonly origin: Origin;
}) {
  const { recipe, schema, command, file } = answer;
  const called = String(Object(recipe).name);
  const places = [...store.folders.value.values()].map(({ place }) => place);
  const groups = readRecipeFields(recipe, schema);
  const texts = useSignal<Texts>({});
  const name = useSignal<string | null>(null);
  const fault = useSignal<RequestError | null>(null);
  const isBusy = useSignal(false);
  const folder = name.value ?? proposeName(called, places);
  const settings = writeSettings(recipe, groups, texts.value);
  const start = async () => {
    isBusy.value = true;
    fault.value = null;
    try {
      await client.act('jobs/start', { recipe: origin, settings, name: folder });
      location.hash = addressOf('runs');
    } catch (error) {
      fault.value = error as RequestError;
    } finally {
      isBusy.value = false;
    }
  };
  return (
    <>
      <p class="back">
        <a href={addressOf('new')}>All recipes</a>
      </p>
      <h1>{'name' in origin ? `Start ${called}` : `Start ${called} again, with changes`}</h1>
      <form
        class="recipe-form"
        onSubmit={(event) => {
          event.preventDefault();
          void start();
        }}
      >
        <div class="start-bar">
          <label>
            Folder
            <input
              type="text"
              value={folder}
              spellcheck={false}
              onInput={({ currentTarget }) => {
                name.value = currentTarget.value;
              }}
            />
          </label>
          <button type="submit" class="primary" disabled={isBusy.value}>
            Start
          </button>
          {settings.length > 0 && (
            <button
              type="button"
              onClick={() => {
                texts.value = {};
              }}
            >
              Undo {settings.length === 1 ? 'the change' : `all ${settings.length} changes`}
            </button>
          )}
        </div>
        {fault.value && (
          <p class="fault" role="alert">
            {fault.value.message}
            {fault.value.hint && ` (${fault.value.hint})`}
          </p>
        )}
        <p class="note">On the command line:</p>
        <pre class="command" tabindex={0}>
          primordia {command} {quoteWord(file)} --out {quoteWord(`${answer.folder}/${folder}`)}
          {settings.length > 0 && ` --set ${settings.map(quoteWord).join(' ')}`}
        </pre>
        {groups.map(({ name: group, fields }) => (
          <fieldset key={group}>
            <legend>{group === '' ? 'The run' : group}</legend>
            <div class="recipe-fields">
              <SchemaForm
                fields={fields}
                texts={texts.value}
                change={(changes) => {
                  const next = Object.entries({ ...texts.value, ...changes });
                  texts.value = Object.fromEntries(
                    next.filter((entry): entry is [string, string] => entry[1] !== null),
                  );
                }}
              />
            </div>
          </fieldset>
        ))}
      </form>
    </>
  );
}
