// An archive of elites as a map of niches, which can be chosen.

import { formatNumber } from '../../../src/chart/format.ts';
import type { RaceCandidate } from '../../../src/studio/protocol.ts';
import type { ArchiveMap } from './read-race.ts';

const AXES: Readonly<Record<string, string>> = {
  spawned: 'processes spawned',
  coverage: 'addresses executed',
  opcodes: 'distinct opcodes',
  length: 'instructions',
};

export function ArchiveView({
  map,
  most,
  chosen,
  choose,
}: {
  readonly map: ArchiveMap;
  /** The fitness of the strongest color. */
  readonly most: number;
  readonly chosen: RaceCandidate | null;
  readonly choose: (candidate: RaceCandidate) => void;
}) {
  const { xAxis, yAxis, columns, rows, niches } = map;
  const isMap = yAxis !== '';
  return (
    <section class="archive-scroller" tabindex={0} aria-label="Archive">
      <table class="archive">
        <caption>
          {isMap
            ? `${AXES[yAxis] ?? yAxis} upward, ${AXES[xAxis] ?? xAxis} to the right; a number is the elite’s fitness`
            : xAxis === ''
              ? 'one niche; the number is its elite’s fitness'
              : `${AXES[xAxis] ?? xAxis} to the right; a number is the elite’s fitness`}
        </caption>
        <tbody>
          {niches.map((row, r) => (
            <tr key={r}>
              {isMap && <th scope="row">{formatNumber(rows[r]!, 0)}</th>}
              {row.map(({ niche, elite }) => (
                <td key={niche}>
                  {elite ? (
                    <button
                      type="button"
                      class={elite === chosen ? 'chosen-niche' : undefined}
                      aria-pressed={elite === chosen}
                      title={`${elite.name}: fitness ${formatNumber(elite.evaluation!.fitness)}`}
                      aria-label={`${elite.name}, fitness ${formatNumber(elite.evaluation!.fitness)}`}
                      style={{
                        '--strength': `${Math.round(100 * (0.1 + 0.55 * Math.min(1, elite.evaluation!.fitness / most)))}%`,
                      }}
                      onClick={() => choose(elite)}
                    >
                      {elite.evaluation!.fitness.toFixed(1)}
                    </button>
                  ) : (
                    <span class="no-elite" role="img" aria-label="empty" />
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
        {xAxis !== '' && (
          <tfoot>
            <tr>
              {isMap && <td />}
              {columns.map((edge, c) => (
                <th key={c} scope="col" class="bin">
                  {formatNumber(edge, 0)}
                </th>
              ))}
            </tr>
          </tfoot>
        )}
      </table>
    </section>
  );
}
