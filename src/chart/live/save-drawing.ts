// A chart as a picture of its own: its colors are those that the page has now.

import { drawChart } from '../draw-chart.ts';
import type { ChartSpec } from '../spec.ts';
import { saveBlob } from './save-blob.ts';

/** Of a saved picture, in pixels of CSS. */
const WIDTH = 960;
/** Pixels of a PNG for each pixel of CSS, so that it may be printed. */
const PNG_SCALE = 2;

export type PictureType = 'svg' | 'png';

/**
 * Gives the reader a chart as a file.
 *
 * @param root an element of the page, whose colors are taken
 * @param name of the file, without its ending
 */
export async function saveDrawing(
  root: HTMLElement,
  spec: ChartSpec,
  type: PictureType,
  name: string,
): Promise<void> {
  const { text, height } = drawAlone(root, spec);
  const blob =
    type === 'svg'
      ? new Blob([text], { type: 'image/svg+xml' })
      : await rasterize(root.ownerDocument, text, height);
  saveBlob(blob, `${name}.${type}`);
}

/** The chart as a document of SVG, with its title and legend, on the color of its card. */
function drawAlone(root: HTMLElement, spec: ChartSpec) {
  const page = root.ownerDocument;
  const svg = drawChart(spec, { document: page, width: WIDTH, head: true }) as SVGSVGElement;
  const colors = page.defaultView!.getComputedStyle(root);
  const { height } = svg.viewBox.baseVal;
  const card = page.createElementNS('http://www.w3.org/2000/svg', 'rect');
  for (const [key, value] of Object.entries({ width: '100%', height: '100%' })) {
    card.setAttribute(key, value);
  }
  card.setAttribute('fill', 'var(--card, #ffffff)');
  svg.prepend(card);
  svg.setAttribute('width', `${WIDTH}`);
  svg.setAttribute('height', `${height}`);
  svg.style.color = colors.color;
  svg.style.fontFamily = 'system-ui, sans-serif';
  // A file of its own knows no properties of the page.
  const text = new XMLSerializer()
    .serializeToString(svg)
    .replace(
      /var\((--[\w-]+)(?:,\s*([^()]*))?\)/g,
      (_, property: string, otherwise = 'currentColor') =>
        colors.getPropertyValue(property).trim() || otherwise,
    );
  return { text, height };
}

async function rasterize(page: Document, text: string, height: number): Promise<Blob> {
  const image = page.createElement('img');
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = page.createElement('canvas');
  canvas.width = WIDTH * PNG_SCALE;
  canvas.height = Math.round(height * PNG_SCALE);
  canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture'))), 'image/png'),
  );
}
