// What a chart is: data in, three equal answers out: a drawing, a table, a sentence. And the life of a
// drawing on the page: it exists while it can be seen, redraws without animation, and is freed with its canvas.

import {
  CategoryScale,
  type ChartConfiguration,
  Chart as Drawing,
  Filler,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
  Tooltip,
} from 'chart.js';
import type { Disposable } from '../../src/base/disposable.ts';
import { watchVisibility } from '../dom.ts';
import type { NumberKind } from '../format.ts';
import type { Marker, Rgb, Theme } from '../theme.ts';

Drawing.register(
  CategoryScale,
  Filler,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
  Tooltip,
);

export type Config = ChartConfiguration<'line'>;

export interface Column {
  readonly label: string;
  readonly kind: NumberKind | 'text';
}

/** The same numbers as the drawing, unrounded. */
export interface Table {
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly (string | number | null)[])[];
}

export interface LegendEntry {
  readonly label: string;
  /** At the scrubber's step; empty where there is none. */
  readonly value: string;
  readonly color: Rgb;
  readonly dash: readonly number[];
  readonly marker: Marker | 'area' | 'none';
}

export interface Chart<Data> {
  /** The file's name. */
  readonly name: string;
  config(data: Data, theme: Theme): Config;
  table(data: Data): Table;
  /** Range, trend, judgement: what a person who cannot see the drawing needs, in a sentence or two. */
  summary(data: Data): string;
  legend(data: Data, theme: Theme): readonly LegendEntry[];
  /** CSS pixels. */
  height(data: Data): number;
}

/** One canvas and what it shows; nothing is kept of a drawing that has scrolled away but its data. */
export class LiveChart<Data> implements Disposable {
  readonly #canvas: HTMLCanvasElement;
  readonly #visibility: Disposable;
  #shown: { chart: Chart<Data>; data: Data; theme: Theme } | null = null;
  #visible = false;
  #drawing: Drawing<'line'> | null = null;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#visibility = watchVisibility(canvas.parentElement ?? canvas, (visible) => {
      this.#visible = visible;
      if (visible) this.#draw();
      else this.#free();
    });
  }

  show(chart: Chart<Data>, data: Data, theme: Theme): void {
    if (this.#shown && this.#shown.chart !== chart) this.#free();
    this.#shown = { chart, data, theme };
    if (this.#visible) this.#draw();
  }

  dispose(): void {
    this.#visibility.dispose();
    this.#free();
    this.#shown = null;
  }

  #draw(): void {
    if (!this.#shown) return;
    const { chart, data, theme } = this.#shown;
    const config = chart.config(data, theme);
    if (!this.#drawing) {
      this.#drawing = new Drawing(this.#canvas, config);
      return;
    }
    this.#drawing.data = config.data;
    this.#drawing.options = config.options ?? {};
    // The list of plugins cannot be exchanged, but what is in it can.
    this.#drawing.config.plugins?.splice(0, Number.POSITIVE_INFINITY, ...(config.plugins ?? []));
    this.#drawing.update('none');
  }

  #free(): void {
    this.#drawing?.destroy();
    this.#drawing = null;
  }
}
