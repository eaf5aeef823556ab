// Tokens of a sequence in their order; what one stands for is said when it is pointed at or chosen with the arrow keys.

import { useSignal } from '@preact/signals';
import { useEffect, useId, useRef } from 'preact/hooks';
import './token-list.css';

export type ShownToken = {
  readonly sign: string;
  readonly sense: string;
  readonly tone: 'plain' | 'marker' | 'answer' | 'blank';
};

export type TokenListProps = {
  readonly tokens: ArrayLike<number>;
  readonly read: (t: number) => ShownToken;
  /** 1 where the loss counts. */
  readonly targets: ArrayLike<number>;
  /** Tokens in a row, where rows mean something. */
  readonly perRow?: number | undefined;
  readonly label: string;
  /** Called with the place that is pointed at; null when it is left. */
  readonly point?: (t: number | null) => void;
  readonly isLarge?: boolean;
};

const KEYS: Readonly<Record<string, (t: number, row: number) => number>> = {
  ArrowLeft: (t) => t - 1,
  ArrowRight: (t) => t + 1,
  ArrowUp: (t, row) => t - row,
  ArrowDown: (t, row) => t + row,
  Home: () => 0,
  End: () => Number.POSITIVE_INFINITY,
};

export function TokenList({
  tokens,
  read,
  targets,
  perRow,
  label,
  point,
  isLarge = false,
}: TokenListProps) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const current = useSignal<number | null>(null);
  const t = current.value;
  // Another sequence has another meaning.
  useEffect(() => {
    current.value = null;
  }, [tokens, current]);
  const choose = (next: number | null) => {
    current.value = next;
    point?.(next);
  };
  const placeOf = (target: EventTarget | null) => {
    const place = (target as HTMLElement | null)?.closest<HTMLElement>('[data-t]')?.dataset.t;
    return place === undefined ? null : Number(place);
  };
  const sense = t !== null && t < tokens.length ? read(t) : null;
  return (
    <div class="tokens">
      <p class="token-sense" role="status">
        {sense === null || t === null
          ? 'Point at a token, or move with the arrow keys, to see what it stands for.'
          : `Token ${t + 1} of ${tokens.length}: ${sense.sense}${targets[t] ? '' : ' (not a target of the loss)'}`}
      </p>
      <div
        ref={list}
        class={`token-rows${isLarge ? ' large' : ''}`}
        role="listbox"
        aria-label={label}
        tabIndex={0}
        aria-activedescendant={t === null ? undefined : `${id}-${t}`}
        onMouseOver={(event) => {
          const place = placeOf(event.target);
          if (place !== null && place !== t) choose(place);
        }}
        onFocus={() => {
          if (t === null) choose(0);
        }}
        onMouseLeave={() => point?.(null)}
        onKeyDown={(event) => {
          const move = KEYS[event.key];
          if (!move) return;
          event.preventDefault();
          const next = t === null ? 0 : move(t, perRow ?? 10);
          const place = Math.max(0, Math.min(tokens.length - 1, next));
          choose(place);
          list.current?.querySelector(`[data-t="${place}"]`)?.scrollIntoView({ block: 'nearest' });
        }}
      >
        {rowsOf(tokens.length, perRow).map(([first, end]) => (
          <div key={first} class="token-row" role="presentation">
            {Array.from({ length: end - first }, (_, i) => {
              const place = first + i;
              const { sign, tone } = read(place);
              return (
                <span
                  key={place}
                  id={`${id}-${place}`}
                  data-t={place}
                  role="option"
                  tabIndex={-1}
                  aria-selected={place === t}
                  class={`token ${tone}${targets[place] ? '' : ' given'}`}
                >
                  {sign}
                </span>
              );
            })}
          </div>
        ))}
      </div>
    </div>
  );
}

function rowsOf(length: number, perRow: number | undefined): [number, number][] {
  const size = perRow ?? length;
  if (length === 0) return [];
  return Array.from({ length: Math.ceil(length / size) }, (_, row) => [
    row * size,
    Math.min(length, (row + 1) * size),
  ]);
}
