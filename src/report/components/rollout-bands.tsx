// Simulations by band as a page that plays them: controls, a legend of colors, a row of pictures per band. The player's
// script draws the frames.

import { CodeWords } from './code-words.tsx';

/** One simulation, with its cells for the script. */
export type RolloutPicture = {
  readonly rule: number;
  readonly ratio: number;
  /** States `[frames, grid, grid]`, a byte each, in base64. */
  readonly cells: string;
};

export type RolloutPageData = {
  /** The world and the seed. */
  readonly world: string;
  readonly headline: string;
  /** Cells along the side of a frame, and pixels along the side of a cell. */
  readonly grid: number;
  readonly scale: number;
  readonly frames: number;
  readonly delayMs: number;
  /** Colors of states as six hexadecimal digits. */
  readonly palette: readonly string[];
  readonly bands: readonly {
    readonly name: string;
    readonly pictures: readonly RolloutPicture[];
  }[];
  /** What a band without a picture says. */
  readonly empty: string;
  readonly note: string;
  /** The command that draws the same page again. */
  readonly command: string;
};

/** A world of more states than this has no legend: nobody tells them apart. */
const LEGEND_STATES = 16;

/** Times the usual speed. */
const SPEEDS = [0.25, 0.5, 1, 2, 4] as const;

export function RolloutBands({ data }: { readonly data: RolloutPageData }) {
  const { world, headline, palette, bands, note, command } = data;
  return (
    <div class="page">
      <header>
        <p class="title">NCA rollouts: {world}</p>
        <h1 class="headline">{headline}</h1>
        {palette.length <= LEGEND_STATES && <Legend palette={palette} />}
      </header>
      <Controls data={data} />
      <noscript>
        <p>The pictures are drawn by a script, which this browser does not run.</p>
      </noscript>
      <main class="bands">
        <p class="lead">
          Each picture is one simulation of a neural cellular automaton under a random rule. A row
          holds rules whose simulations compress alike: the gzip ratio is their compressed size as a
          share of their size, low where frames repeat and high where they look like noise.
        </p>
        {bands.map(({ name, pictures }) => (
          <section key={name} class="band">
            <h2>{name}</h2>
            <div class="samples">
              {pictures.length === 0 && <p class="none">{data.empty}</p>}
              {pictures.map((picture) => (
                <Picture key={picture.rule} picture={picture} data={data} />
              ))}
            </div>
          </section>
        ))}
      </main>
      <footer>
        <p>{note}</p>
        <p>
          The number of a rule and the seed make it again. This page: <CodeWords text={command} />
        </p>
      </footer>
    </div>
  );
}

function Legend({ palette }: Pick<RolloutPageData, 'palette'>) {
  return (
    <ul class="states" aria-label="Colors of states">
      {palette.map((color, state) => (
        <li key={color}>
          <i style={`background:#${color}`} />
          {state}
        </li>
      ))}
    </ul>
  );
}

function Controls({ data: { palette, delayMs, frames } }: { readonly data: RolloutPageData }) {
  return (
    <section
      class="controls"
      id="player"
      aria-label="Player"
      data-palette={palette.join(' ')}
      data-delay-ms={delayMs}
    >
      <button type="button" id="play">
        Play
      </button>
      <input type="range" id="frame" min="0" max={frames - 1} value="0" aria-label="Frame" />
      <output id="shown" for="frame">
        frame 1 of {frames}
      </output>
      <label>
        Speed{' '}
        <select id="speed">
          {SPEEDS.map((speed) => (
            <option key={speed} value={speed} selected={speed === 1}>
              {speed}×
            </option>
          ))}
        </select>
      </label>
    </section>
  );
}

function Picture({
  picture: { rule, ratio, cells },
  data: { grid, scale },
}: {
  readonly picture: RolloutPicture;
  readonly data: RolloutPageData;
}) {
  const name = `rule ${rule}, gzip ratio ${ratio.toFixed(3)}`;
  return (
    <figure>
      <canvas
        width={grid}
        height={grid}
        style={`width:${grid * scale}px`}
        role="img"
        aria-label={name}
        title={name}
        data-cells={cells}
      />
      <figcaption>
        {ratio.toFixed(3)} · rule {rule}
      </figcaption>
    </figure>
  );
}
