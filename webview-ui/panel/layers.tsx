// The model's layers in order, each with its health, and the chosen one in detail. Only the chosen layer's charts
// exist; the list is plain rows that the browser skips while they are out of sight.

import { useEffect, useRef } from 'preact/hooks';
import type { Verdict } from '../../src/base/finding.ts';
import type { LayerView } from '../../src/protocol/messages.ts';
import line from '../charts/line.ts';
import { formatNumber, plural } from '../format.ts';
import { type Health, HealthIcon, healthOf } from '../icons.tsx';
import { at } from '../observations.ts';
import type { Theme } from '../theme.ts';
import { Facts, HistoryFigure, OtherFigures, PanelFigure } from './charts.tsx';
import type { Ways } from './header.tsx';
import { deadData, deadShare, historyData, inDepth, layerScalar, statisticsData } from './measured.ts';
import type { PanelStore } from './store.ts';
import { ranked, VerdictItem } from './verdicts.tsx';

interface Row {
  readonly path: string;
  readonly class: string;
  readonly health: Health;
  readonly note: string;
  readonly view: LayerView | null;
}

export interface LayersProps {
  readonly store: PanelStore;
  readonly theme: Theme;
  readonly ways: Ways;
}

export function Layers({ store, theme, ways }: LayersProps) {
  const rows = layerRows(store);
  if (rows.length === 0) return null;
  const saved = store.look.value.selected;
  const selected = rows.find((row) => row.path === saved) ?? worst(rows);
  return (
    <section class="nl-section" aria-labelledby="layers-title">
      <h2 id="layers-title">
        Layers <span class="nl-count">{rows.length}</span>
      </h2>
      <LayerList rows={rows} selected={selected?.path ?? ''} choose={(path) => store.change({ selected: path })} />
      {selected && <Detail store={store} theme={theme} row={selected} ways={ways} />}
    </section>
  );
}

interface ListProps {
  readonly rows: readonly Row[];
  readonly selected: string;
  choose(path: string): void;
}

function LayerList({ rows, selected, choose }: ListProps) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const box = list.current;
    const row = box?.querySelector<HTMLElement>('[aria-selected="true"]');
    if (!box || !row) return;
    if (row.offsetTop < box.scrollTop) box.scrollTop = row.offsetTop;
    const bottom = row.offsetTop + row.offsetHeight;
    if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = bottom - box.clientHeight;
  }, [selected]);
  const onKeyDown = (event: KeyboardEvent) => {
    const now = rows.findIndex((row) => row.path === selected);
    const to = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const row = rows[Math.min(rows.length - 1, Math.max(0, to))];
    if (row) choose(row.path);
  };
  return (
    <div
      class="nl-layers"
      role="listbox"
      aria-label="Layers"
      tabIndex={0}
      ref={list}
      onKeyDown={onKeyDown}
      aria-activedescendant={optionId(selected)}
    >
      {rows.map((row) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the list takes the keys.
        // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus and names its active option.
        <div
          key={row.path}
          id={optionId(row.path)}
          class={`nl-layer nl-is-${row.health}`}
          role="option"
          aria-selected={row.path === selected}
          onClick={() => choose(row.path)}
        >
          <HealthIcon health={row.health} />
          <span class="nl-layer-path">{row.path}</span>
          <span class="nl-layer-class">{row.class}</span>
          <span class="nl-layer-note">{row.note}</span>
        </div>
      ))}
    </div>
  );
}

const SCALARS = ['gradient-norm', 'update-ratio', 'activation-std', 'running-mean-drift', 'running-var-drift'];

function Detail({ store, theme, row, ways }: LayersProps & { readonly row: Row }) {
  const { observations } = store;
  const step = store.step.value;
  const shown = { store, theme };
  const place = row.view?.place ?? null;
  const verdicts = ranked(store.view.value.verdicts.filter((verdict) => verdict.layer === row.path));
  const histories = ['activation', 'gradient'].flatMap((name) => historyData(observations, name, row.path, step) ?? []);
  const statistics = (['mean', 'var'] as const).flatMap((of) => statisticsData(observations, of, row.path, step) ?? []);
  const courses = SCALARS.map((name) => layerScalar(observations, name, row.path, step));
  const lines = [deadData(observations, row.path, step), ...courses].filter((data) => data !== null);
  return (
    <div class="nl-detail nl-grid">
      <div class="nl-detail-head">
        <h3>{row.path}</h3>
        <span class="nl-sub">{described(row)}</span>
        {place && (
          <button type="button" class="nl-link" onClick={() => ways.reveal(place)}>
            Go to line {place.line}
          </button>
        )}
      </div>
      {verdicts.length > 0 && (
        <ul class="nl-verdicts">
          {verdicts.map((verdict) => (
            <VerdictItem key={verdict.rule} verdict={verdict} ways={ways} />
          ))}
        </ul>
      )}
      {histories.map((data) => (
        <HistoryFigure key={data.what} {...shown} id={`layer-${data.what}`} data={data} />
      ))}
      {[...statistics, ...lines].map((data) => (
        <PanelFigure
          key={data.title}
          {...shown}
          id={`layer-${data.title.replaceAll(/\W+/g, '-')}`}
          chart={line}
          data={data}
        />
      ))}
      <OtherFigures {...shown} layer={row.path} />
      <Facts store={store} layer={row.path} />
      {histories.length + statistics.length + lines.length === 0 && (
        <p class="nl-quiet">Nothing has been measured at this layer.</p>
      )}
    </div>
  );
}

/** The model's own layers and whatever else was measured, in the order of the forward pass. */
function layerRows(store: PanelStore): readonly Row[] {
  store.version.value;
  const { observations } = store;
  const { model, verdicts } = store.view.value;
  const step = store.step.value;
  const stds = new Map(observations.scalars('activation-std').map((track) => [track.layer, track]));
  const activity = new Map(observations.vectors('unit-activity').map((track) => [track.layer, track]));
  const measured = [...observations.histograms('activation'), ...observations.scalars('gradient-norm')]
    .map(({ layer }) => layer)
    .filter((layer) => layer !== '');
  const views = new Map(model?.layers.map((layer) => [layer.path, layer]));
  return inDepth([[...new Set(measured)], [...views.keys()]]).map((path) => {
    const view = views.get(path) ?? null;
    const std = at(stds.get(path), step)?.value;
    const dead = deadShare(activity.get(path), step);
    const note = dead ? `${formatNumber(dead, 'percent')} dead` : std === undefined ? '' : `std ${formatNumber(std)}`;
    const health = healthAt(path, verdicts, measured.includes(path));
    return { path, view, note, health, class: (view?.class ?? '').replace(/^torch\.nn\./, '') };
  });
}

function healthAt(path: string, verdicts: readonly Verdict[], measured: boolean): Health {
  const here = verdicts.filter((verdict) => verdict.layer === path).map((verdict) => healthOf(verdict.severity));
  for (const health of ['problem', 'watch', 'info'] as const) if (here.includes(health)) return health;
  return measured ? 'ok' : 'none';
}

function worst(rows: readonly Row[]): Row | undefined {
  return rows.find((row) => row.health === 'problem') ?? rows.find((row) => row.health === 'watch') ?? rows[0];
}

function described({ view, class: name }: Row): string {
  if (!view) return name;
  const shape = view.shape.length > 0 ? `output (${view.shape.join(', ')})` : '';
  const parameters = view.parameters > 0 ? plural(view.parameters, 'parameter') : '';
  return [name, shape, parameters].filter(Boolean).join(' · ');
}

function optionId(path: string): string {
  return `layer-${path.replaceAll('.', '-')}`;
}
