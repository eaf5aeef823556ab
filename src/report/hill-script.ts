// The script of the hill's page. It runs in browsers as it stands here, without a build.

/** Sorts and filters the table, shows the figures of a pair, lists all opponents of a warrior that is opened. */
export const HILL_SCRIPT = `
'use strict';
(() => {
  const find = (id) => document.getElementById(id);
  const make = (tag, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const table = find('hill');
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const names = rows.map((row) => row.cells[1].textContent);

  const headers = Array.from(table.tHead.rows[0].cells);
  const valueOf = (row, column) => {
    const text = row.cells[column].textContent;
    if (column === 1 || column === 2) return text.toLowerCase();
    const number = Number(text.replace('\\u2212', '-'));
    return Number.isNaN(number) ? -Infinity : number;
  };
  const sortBy = (column) => {
    const header = headers[column];
    const isText = column === 1 || column === 2;
    const first = isText || column === 0 ? 'ascending' : 'descending';
    const second = first === 'ascending' ? 'descending' : 'ascending';
    // A third press, or the first column, gives the order of the hill.
    const now = header.getAttribute('aria-sort');
    const next = now === null ? first : now === first ? second : null;
    for (const other of headers) other.removeAttribute('aria-sort');
    const sorted = [...rows];
    if (next !== null) {
      header.setAttribute('aria-sort', next);
      const sign = next === 'ascending' ? 1 : -1;
      const keyed = sorted.map((row, place) => ({ row, place, value: valueOf(row, column) }));
      keyed.sort((a, b) => (a.value < b.value ? -sign : a.value > b.value ? sign : a.place - b.place));
      body.append(...keyed.map(({ row }) => row));
    } else body.append(...sorted);
  };
  headers.forEach((header, column) => {
    const label = header.textContent;
    const button = make('button', { type: 'button', title: 'Sort by this column' }, label);
    button.addEventListener('click', () => sortBy(column));
    header.replaceChildren(button);
  });

  if (rows.length > 15) {
    const input = make('input', { type: 'search' });
    input.addEventListener('input', () => {
      const wanted = input.value.trim().toLowerCase();
      for (const row of rows) {
        const text = row.cells[1].textContent + ' ' + row.cells[2].textContent;
        row.hidden = !text.toLowerCase().includes(wanted);
      }
    });
    table.closest('figure').before(make('label', { className: 'filter' }, 'Find a name or an author', input));
  }

  const text = find('results');
  if (text === null) return;
  const rounds = Number(text.dataset.rounds);
  let parsed = null;
  const tally = (i, j) => {
    parsed ??= text.textContent.split('\\n').map((line) => line.split(','));
    const cell = parsed[i][j + 1];
    if (cell === undefined || cell === '-') return null;
    const [wins, ties] = cell.split('/').map(Number);
    return { wins, ties, losses: rounds - wins - ties };
  };

  const pair = find('pair');
  const options = () => names.map((name, i) => make('option', { value: i }, i + 1 + '. ' + name));
  const [one, two] = [make('select', {}, ...options()), make('select', {}, ...options())];
  two.value = '1';
  const shown = make('output', {});
  const show = () => {
    const [i, j] = [Number(one.value), Number(two.value)];
    const result = i === j ? null : tally(i, j);
    const who = names[i] + ' against ' + names[j];
    shown.textContent =
      i === j ? 'A warrior does not fight itself.'
      : result === null ? who + ': not played'
      : who + ': wins ' + result.wins + ', losses ' + result.losses + ', ties ' + result.ties + ' of ' + rounds + (rounds === 1 ? ' round' : ' rounds');
  };
  one.addEventListener('change', show);
  two.addEventListener('change', show);
  pair.append(make('label', {}, 'Row', one), make('label', {}, 'Column', two), shown);
  pair.hidden = false;
  show();
  const picture = find('matrix');
  if (picture !== null) {
    const point = (event) => {
      const box = picture.getBoundingClientRect();
      const place = (at, size) => Math.max(0, Math.min(names.length - 1, Math.floor((at / size) * names.length)));
      one.value = String(place(event.clientY - box.top, box.height));
      two.value = String(place(event.clientX - box.left, box.width));
      show();
    };
    picture.addEventListener('pointermove', point);
    picture.addEventListener('pointerdown', point);
  }

  const percent = (value) => String(Math.round((100 * value) / rounds));
  const listAll = (details) => {
    const lists = details.querySelector('.lists');
    const own = Number(details.dataset.rank) - 1;
    if (lists.querySelector('.every') || names.length < 12) return;
    const line = (tag, cells) =>
      make('tr', {}, ...cells.map((cell, c) => make(c === 0 ? 'th' : tag, { className: c === 0 ? '' : 'numeric', scope: tag === 'th' ? 'col' : c === 0 ? 'row' : undefined }, cell)));
    const lines = names.flatMap((name, j) => {
      const result = j === own ? null : tally(own, j);
      if (result === null) return [];
      const { wins, losses, ties } = result;
      return [line('td', [j + 1 + '. ' + name, percent(wins), percent(losses), percent(ties)])];
    });
    const every = make('table', {}, make('thead', {}, line('th', ['All opponents, by rank', '%W', '%L', '%T'])), make('tbody', {}, ...lines));
    lists.append(make('div', { className: 'every' }, every));
  };
  for (const details of document.querySelectorAll('.warriors details')) {
    details.addEventListener('toggle', () => details.open && listAll(details));
  }
  const openTarget = () => {
    const target = location.hash.startsWith('#w') ? find(location.hash.slice(1)) : null;
    if (target === null) return;
    target.open = true;
    target.scrollIntoView({ block: 'nearest' });
  };
  addEventListener('hashchange', openTarget);
  openTarget();
})();
`;
