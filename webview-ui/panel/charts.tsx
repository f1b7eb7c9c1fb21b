// The panel's figures. A figure says which chart draws which data; the store says at which step, in which mode,
// as drawing or as table.

import type { Chart } from '../charts/chart.ts';
import heatmap from '../charts/heatmap.ts';
import histogram from '../charts/histogram.ts';
import line, { type LineData } from '../charts/line.ts';
import ridgeline from '../charts/ridgeline.ts';
import type { HistoryData } from '../draw/history.ts';
import { Figure } from '../figure.tsx';
import { plural } from '../format.ts';
import type { Theme } from '../theme.ts';
import { facts, type OtherFigure, otherFigures } from './others.ts';
import { HISTORY_MODES, type PanelStore } from './store.ts';

interface PanelFigure<Data> {
  readonly store: PanelStore;
  readonly theme: Theme;
  readonly id: string;
  readonly chart: Chart<Data>;
  readonly data: Data & { readonly title: string };
}

export function PanelFigure<Data>({ store, theme, id, chart, data }: PanelFigure<Data>) {
  return (
    <Figure
      id={id}
      title={data.title}
      chart={chart}
      data={data}
      theme={theme}
      table={store.isTable(id)}
      onTable={(shown) => store.setTable(id, shown)}
    />
  );
}

const HISTORY_CHARTS: Record<(typeof HISTORY_MODES)[number], Chart<HistoryData>> = {
  heatmap,
  ridges: ridgeline,
  overlay: histogram,
};

/** A layer's distribution over the run, drawn in one of three ways; all layers share the choice. */
export function HistoryFigure({ store, theme, id, data }: Omit<PanelFigure<HistoryData>, 'chart'>) {
  const saved = store.look.value.modes['history'];
  const current = HISTORY_MODES.find((mode) => mode === saved) ?? 'heatmap';
  return (
    <Figure
      id={id}
      title={data.title}
      chart={HISTORY_CHARTS[current]}
      data={data}
      theme={theme}
      table={store.isTable(id)}
      onTable={(shown) => store.setTable(id, shown)}
      modes={{
        names: HISTORY_MODES,
        current,
        choose: (name) => store.change({ modes: { ...store.look.value.modes, history: name } }),
      }}
    />
  );
}

/** What was measured once or twice, as it is. */
export function Facts({ store, layer }: { store: PanelStore; layer: string }) {
  const known = facts(store.observations, layer);
  if (known.length === 0) return null;
  return (
    <details class="nl-facts">
      <summary>{plural(known.length, 'single measurement')}</summary>
      <dl>
        {known.map(({ name, values }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{values.join(', ')}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

/** Measurements without a chart of their own. */
export function OtherFigures({ store, theme, layer }: { store: PanelStore; theme: Theme; layer: string }) {
  const figures = otherFigures(store.observations, layer, store.step.value);
  return (
    <>
      {figures.map((figure) => (
        <Other key={figure.name} store={store} theme={theme} layer={layer} figure={figure} />
      ))}
    </>
  );
}

function Other({
  store,
  theme,
  layer,
  figure,
}: {
  store: PanelStore;
  theme: Theme;
  layer: string;
  figure: OtherFigure;
}) {
  const id = `other-${figure.name}-${layer}`.replace(/[^a-z0-9]+/gi, '-');
  return isHistory(figure.data) ? (
    <HistoryFigure store={store} theme={theme} id={id} data={figure.data} />
  ) : (
    <PanelFigure store={store} theme={theme} id={id} chart={line} data={figure.data} />
  );
}

function isHistory(data: LineData | HistoryData): data is HistoryData {
  return 'histograms' in data;
}
