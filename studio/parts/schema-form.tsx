// A form of the fields of a schema: what is entered goes to `change` when it is complete.

import { useId } from 'preact/hooks';
import { useDraft } from '../use-draft.ts';
import { describeBounds, type Field, type Input, type Texts } from './schema-fields.ts';
import './schema-form.css';

export type SchemaFormProps = {
  readonly fields: readonly Field[];
  readonly texts: Texts;
  /** Texts that change, by path; null removes one, which then has its default. */
  readonly change: (changes: Readonly<Record<string, string | null>>) => void;
  /** What a field starts with that has no default, by path, or by path and variant: `band:absolute.low`. */
  readonly suggestions?: Texts;
};

export function SchemaForm({ fields, ...rest }: SchemaFormProps) {
  return (
    <>
      {fields.map((field) => (
        <FieldView key={field.path} field={field} {...rest} />
      ))}
    </>
  );
}

type FieldProps = Omit<SchemaFormProps, 'fields'> & { readonly field: Field };

function FieldView(props: FieldProps) {
  const { input } = props.field;
  if (input.kind === 'open') return null;
  if (input.kind === 'variants') return <VariantsField {...props} variants={input.variants} />;
  if (input.kind === 'word-or') return <WordField {...props} input={input} />;
  return <PlainField {...props} input={input} />;
}

/** A label, what is entered, and what it means. */
function Labeled({
  field,
  bounds = '',
  children,
}: {
  readonly field: Field;
  readonly bounds?: string;
  readonly children: (id: string, describedBy: string) => preact.ComponentChildren;
}) {
  const id = useId();
  const note = `${id}-note`;
  const initial = field.initial === '' ? '' : `default ${field.initial}`;
  const facts = [bounds, initial].filter((fact) => fact !== '');
  return (
    <div class="field">
      <label for={id}>{field.label}</label>
      {children(id, note)}
      <p id={note} class="field-note">
        {field.description}
        {facts.length > 0 && <span class="bounds">{facts.join(' · ')}</span>}
      </p>
    </div>
  );
}

function PlainField({ field, texts, change, input }: FieldProps & { readonly input: Input }) {
  const text = texts[field.path] ?? field.initial;
  return (
    <Labeled field={field} bounds={describeBounds(input)}>
      {(id, describedBy) => (
        <Entry
          id={id}
          describedBy={describedBy}
          input={input}
          text={text}
          enter={(next) => change({ [field.path]: settled(next, field.initial) })}
        />
      )}
    </Labeled>
  );
}

function Entry({
  id,
  describedBy,
  input,
  text,
  enter,
  label,
}: {
  readonly id?: string;
  readonly describedBy: string;
  readonly input: Input;
  readonly text: string;
  readonly enter: (text: string) => void;
  readonly label?: string;
}) {
  const common = { id, 'aria-describedby': describedBy, 'aria-label': label };
  const draft = useDraft(text, enter);
  if (input.kind === 'choice') {
    return (
      <select {...common} value={text} onChange={(event) => enter(event.currentTarget.value)}>
        {input.values.map((value) => (
          <option key={value} value={value}>
            {value}
          </option>
        ))}
      </select>
    );
  }
  return (
    <input
      {...common}
      type="text"
      inputMode={input.kind === 'number' ? 'decimal' : 'text'}
      autocomplete="off"
      spellcheck={false}
      {...draft}
    />
  );
}

const OTHER = '…';

function WordField({
  field,
  texts,
  change,
  suggestions = {},
  input,
}: FieldProps & { readonly input: Extract<Input, { kind: 'word-or' }> }) {
  const text = texts[field.path] ?? field.initial;
  const isWord = input.words.includes(text);
  const other = input.other.kind === 'list' ? 'a list' : 'a number';
  return (
    <Labeled field={field} bounds={describeBounds(input)}>
      {(id, describedBy) => (
        <span class="field-pair">
          <select
            id={id}
            aria-describedby={describedBy}
            value={isWord ? text : OTHER}
            onChange={({ currentTarget: { value } }) =>
              change({
                [field.path]:
                  value === OTHER
                    ? (suggestions[field.path] ?? '1')
                    : settled(value, field.initial),
              })
            }
          >
            {input.words.map((word) => (
              <option key={word} value={word}>
                {word}
              </option>
            ))}
            <option value={OTHER}>{other}</option>
          </select>
          {!isWord && (
            <Entry
              describedBy={describedBy}
              input={input.other}
              text={text}
              label={`${field.label}: ${other}`}
              enter={(next) => change({ [field.path]: settled(next, field.initial) })}
            />
          )}
        </span>
      )}
    </Labeled>
  );
}

function VariantsField({
  field,
  texts,
  change,
  suggestions = {},
  variants,
}: FieldProps & {
  readonly variants: Extract<Input, { kind: 'variants' }>['variants'];
}) {
  const kindPath = `${field.path}.kind`;
  const kind = texts[kindPath] ?? field.initial;
  const variant = variants.find(({ name }) => name === kind);
  const inner = [...new Set(variants.flatMap(({ fields }) => fields.map(({ path }) => path)))];
  const choose = (name: string) => {
    const fields = variants.find((one) => one.name === name)?.fields ?? [];
    const cleared = Object.fromEntries(inner.map((path) => [path, null]));
    const started = fields.map(({ path, initial }) => {
      const suggested = suggestions[`${field.path}:${name}.${path.split('.').at(-1)}`];
      return [path, suggested ?? initial] as const;
    });
    change({
      ...cleared,
      ...Object.fromEntries(started),
      [kindPath]: settled(name, field.initial),
    });
  };
  return (
    <Labeled field={field}>
      {(id, describedBy) => (
        <span class="field-pair">
          <select
            id={id}
            aria-describedby={describedBy}
            value={kind}
            onChange={(event) => choose(event.currentTarget.value)}
          >
            {variants.map(({ name }) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
          {variant?.fields.map((one) => (
            <span key={one.path} class="inner-field">
              <span aria-hidden="true">{one.label}</span>
              <Entry
                label={`${field.label}: ${one.label}`}
                describedBy={describedBy}
                input={one.input}
                text={texts[one.path] ?? one.initial}
                enter={(next) => change({ [one.path]: next })}
              />
            </span>
          ))}
        </span>
      )}
    </Labeled>
  );
}

/** A default need not stand in the address. */
function settled(text: string, initial: string): string | null {
  return text.trim() === '' || text === initial ? null : text;
}
