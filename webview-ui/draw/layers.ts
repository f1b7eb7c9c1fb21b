// What is drawn under and over a chart's data: guide lines and bands, the step the scrubber stands at, rasters,
// hatching. Chart.js plugins without state; each is made anew with the data it draws.

import type { ChartArea, Plugin } from 'chart.js';
import { cssColor, type Rgb, type Theme } from '../theme.ts';

/** A line to compare with, or, with `to`, a band that counts as healthy. */
export interface Guide {
  readonly value: number;
  readonly to?: number;
  readonly label: string;
}

export function guideLayer(guides: readonly Guide[], scaleId: string, theme: Theme): Plugin {
  return {
    id: `guides-${scaleId}`,
    beforeDatasetsDraw: ({ ctx, chartArea, scales }) => {
      const scale = scales[scaleId];
      if (!scale) return;
      clipped(ctx, chartArea, () => {
        for (const guide of guides) drawGuide(ctx, chartArea, guide, (value) => scale.getPixelForValue(value), theme);
      });
    },
  };
}

function drawGuide(
  ctx: CanvasRenderingContext2D,
  area: ChartArea,
  { value, to, label }: Guide,
  pixel: (value: number) => number,
  theme: Theme,
): void {
  const y = pixel(value);
  const end = to === undefined ? y : pixel(to);
  const top = Math.min(y, end);
  ctx.strokeStyle = cssColor(theme.muted, theme.highContrast ? 1 : 0.8);
  ctx.lineWidth = 1;
  ctx.setLineDash([3, 3]);
  if (to !== undefined && !theme.highContrast) {
    ctx.fillStyle = cssColor(theme.ok, 0.13);
    ctx.fillRect(area.left, top, area.right - area.left, Math.abs(end - y));
  }
  for (const place of to === undefined ? [y] : theme.highContrast ? [y, end] : []) {
    ctx.beginPath();
    ctx.moveTo(area.left, Math.round(place) + 0.5);
    ctx.lineTo(area.right, Math.round(place) + 0.5);
    ctx.stroke();
  }
  if (!label) return;
  ctx.setLineDash([]);
  ctx.fillStyle = cssColor(theme.muted);
  ctx.font = `${theme.font.size - 1}px ${theme.font.family}`;
  ctx.textAlign = 'right';
  ctx.textBaseline = top - 13 < area.top ? 'top' : 'bottom';
  ctx.fillText(label, area.right - 3, ctx.textBaseline === 'top' ? top + 2 : top - 2);
}

/** Where the scrubber stands, on an x axis of steps; at the nearer end where nothing was measured so early or late. */
export function cursorLayer(step: number | null, theme: Theme): Plugin {
  return {
    id: 'cursor',
    afterDatasetsDraw: ({ ctx, chartArea, scales }) => {
      const scale = scales['x'];
      if (step === null || !scale) return;
      const x = Math.round(scale.getPixelForValue(Math.min(scale.max, Math.max(scale.min, step)))) + 0.5;
      ctx.save();
      ctx.strokeStyle = cssColor(theme.foreground, 0.75);
      ctx.lineWidth = 1;
      ctx.beginPath();
      ctx.moveTo(x, chartArea.top);
      ctx.lineTo(x, chartArea.bottom);
      ctx.stroke();
      ctx.fillStyle = cssColor(theme.foreground);
      ctx.beginPath();
      ctx.moveTo(x - 4, chartArea.top - 5);
      ctx.lineTo(x + 4, chartArea.top - 5);
      ctx.lineTo(x, chartArea.top);
      ctx.fill();
      ctx.restore();
    },
  };
}

/** Whatever `draw` draws, kept inside the chart's area, beneath the cursor. */
export function paintLayer(
  id: string,
  draw: (ctx: CanvasRenderingContext2D, area: ChartArea, pixel: (scale: 'x' | 'y', value: number) => number) => void,
): Plugin {
  return {
    id,
    beforeDatasetsDraw: ({ ctx, chartArea, scales }) => {
      clipped(ctx, chartArea, () =>
        draw(ctx, chartArea, (scale, value) => scales[scale]?.getPixelForValue(value) ?? Number.NaN),
      );
    },
  };
}

/** Paints a rectangle of the canvas pixel by pixel: `color(x, y)` is asked in device pixels, null leaves one alone. */
export function raster(
  ctx: CanvasRenderingContext2D,
  box: { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number },
  color: (x: number, y: number, width: number, height: number) => Rgb | null,
): void {
  const ratio = ctx.getTransform().a || 1;
  const width = Math.max(1, Math.round((box.right - box.left) * ratio));
  const height = Math.max(1, Math.round((box.bottom - box.top) * ratio));
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const own = canvas.getContext('2d');
  if (!own) return;
  const image = own.createImageData(width, height);
  const { data } = image;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 4) {
      const rgb = color(x, y, width, height);
      if (!rgb) continue;
      data[i] = rgb[0];
      data[i + 1] = rgb[1];
      data[i + 2] = rgb[2];
      data[i + 3] = 255;
    }
  }
  own.putImageData(image, 0, 0);
  ctx.drawImage(canvas, box.left, box.top, box.right - box.left, box.bottom - box.top);
}

/** Of ascending steps, which one each of `width` pixels between `first` and `last` belongs to: the nearest. */
export function columnsOf(steps: readonly number[], first: number, last: number, width: number): Int32Array {
  const columns = new Int32Array(width);
  let i = 0;
  for (let x = 0; x < width; x++) {
    const step = first + ((x + 0.5) / width) * (last - first);
    while (i + 1 < steps.length && Math.abs((steps[i + 1] ?? 0) - step) <= Math.abs((steps[i] ?? 0) - step)) i++;
    columns[x] = i;
  }
  return columns;
}

/** True on the lines of a hatching, in device pixels. */
export function hatched(x: number, y: number, spacing = 6): boolean {
  return (x + y) % spacing < 2;
}

function clipped(ctx: CanvasRenderingContext2D, area: ChartArea, draw: () => void): void {
  ctx.save();
  ctx.beginPath();
  ctx.rect(area.left, area.top, area.right - area.left, area.bottom - area.top);
  ctx.clip();
  draw();
  ctx.restore();
}
