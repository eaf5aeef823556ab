// A section: its heading, a paragraph, and its blocks; figures that follow each other share a grid.

import type { Block, Section } from '../types.ts';
import { BlockView } from './block-view.tsx';
import type { DrawChart } from './figure.tsx';

export function PageSection({
  section: { heading, text, blocks },
  id,
  drawChart,
}: {
  readonly section: Section;
  /** Its anchor. */
  readonly id: string;
  readonly drawChart: DrawChart;
}) {
  const named = nameBlocks(blocks, heading);
  return (
    <section class="section" id={id} aria-labelledby={`${id}-heading`}>
      <h2 id={`${id}-heading`}>{heading}</h2>
      {text !== undefined && <p class="lead">{text}</p>}
      {groupFigures(named).map((group, i) => {
        const views = group.map(({ block, name, isWide }, b) => (
          <BlockView key={b} block={block} name={name} isWide={isWide} drawChart={drawChart} />
        ));
        return group[0]!.block.kind === 'figure' ? (
          <div key={i} class="figures">
            {views}
          </div>
        ) : (
          views
        );
      })}
    </section>
  );
}

type NamedBlock = { readonly block: Block; readonly name: string };

function nameBlocks(blocks: readonly Block[], heading: string): NamedBlock[] {
  const counts = { table: 0, figure: 0 };
  return blocks.map((block) => {
    const isTable = block.kind === 'table';
    const count = isTable ? ++counts.table : ++counts.figure;
    return { block, name: `${heading}, ${isTable ? 'table' : 'figure'} ${count}` };
  });
}

/** Figures in a row together, every other block by itself. */
function groupFigures(blocks: readonly NamedBlock[]): (NamedBlock & { isWide: boolean })[][] {
  const groups: NamedBlock[][] = [];
  for (const one of blocks) {
    const open = groups.at(-1);
    const isFigure = open?.[0]?.block.kind === 'figure';
    if (open && isFigure && one.block.kind === 'figure') open.push(one);
    else groups.push([one]);
  }
  return groups.map(widenLonely);
}

/** Two figures per row; one that has no neighbor takes a row of its own, so that no place stays empty. */
function widenLonely(group: readonly NamedBlock[]): (NamedBlock & { isWide: boolean })[] {
  const asks = (one: NamedBlock | undefined) =>
    one === undefined || (one.block.kind === 'figure' && one.block.wide === true);
  let isLeft = true;
  return group.map((one, i) => {
    const isWide = asks(one) || (isLeft && asks(group[i + 1]));
    isLeft = isWide || !isLeft;
    return { ...one, isWide };
  });
}
