// Frames of a world in rows: a label, then a picture a frame. Where the page is narrow a label stands above its frames.

/** A picture; its width and height are in pixels of its own, and say its proportions only. */
export type FramePicture = {
  readonly uri: string;
  readonly width: number;
  readonly height: number;
};

export type FrameSheetRow = {
  readonly label: string;
  readonly note?: string | undefined;
  /** Null is a frame that does not exist. */
  readonly frames: readonly (FramePicture | null)[];
};

/** Pixels that a frame is wide, at most: of many in a row, and of one that is a whole sequence. */
const LARGEST_FRAME = 112;
const LARGEST_SINGLE = 480;

export function FrameSheetView({
  title,
  columnLabels,
  rows,
}: {
  readonly title: string | undefined;
  readonly columnLabels: readonly string[];
  readonly rows: readonly FrameSheetRow[];
}) {
  const columns = columnLabels.length;
  const largest = columns === 1 ? LARGEST_SINGLE : LARGEST_FRAME;
  return (
    <div class="frames">
      {title !== undefined && <p class="chart-title">{title}</p>}
      {columns === 0 ? (
        <p class="none">no frames yet</p>
      ) : (
        <div class="frame-grid" style={`--columns: ${columns}; --largest: ${largest}px`}>
          {columnLabels.some((label) => label !== '') && <ColumnLabels labels={columnLabels} />}
          {rows.map((row, i) => (
            <Row key={i} row={row} columns={columns} />
          ))}
        </div>
      )}
    </div>
  );
}

function ColumnLabels({ labels }: { readonly labels: readonly string[] }) {
  return (
    <>
      <span class="frame-corner" />
      {labels.map((label, i) => (
        <span key={i} class="column-label">
          {label}
        </span>
      ))}
    </>
  );
}

function Row({ row, columns }: { readonly row: FrameSheetRow; readonly columns: number }) {
  const { label, note, frames } = row;
  const places = Array.from({ length: columns }, (_, i) => frames[i]);
  const known = frames.find((frame) => frame !== null);
  const proportions = known ? `${known.width} / ${known.height}` : '1';
  return (
    <>
      <p class="frame-label">
        <b>{label}</b>
        {note !== undefined && <span>{note}</span>}
      </p>
      {places.map((frame, i) =>
        frame ? (
          <img key={i} alt="" src={frame.uri} width={frame.width} height={frame.height} />
        ) : (
          <span
            key={i}
            class={frame === null ? 'no-frame' : undefined}
            style={`aspect-ratio: ${proportions}`}
          />
        ),
      )}
    </>
  );
}
