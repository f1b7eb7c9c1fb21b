// One chart on the page: title, sentence, drawing or table, legend. One tab stop; `t` turns the drawing into its
// table and back, `m` goes to the next way of drawing, `l` to the other scale, Escape leaves the table.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { type Chart, LiveChart } from './charts/chart.ts';
import { DataTable } from './data-table.tsx';
import { Legend } from './swatch.tsx';
import type { Theme } from './theme.ts';

export interface FigureProps<Data> {
  readonly id: string;
  readonly title: string;
  readonly chart: Chart<Data>;
  readonly data: Data;
  readonly theme: Theme;
  readonly table: boolean;
  onTable(shown: boolean): void;
  /** Names of the ways to draw it, the present one, and how to get another. */
  readonly modes?: { readonly names: readonly string[]; readonly current: string; choose(name: string): void };
  /** Stands between the sentence and the drawing. */
  readonly control?: ComponentChildren;
}

export function Figure<Data>(props: FigureProps<Data>) {
  const { id, title, chart, data, theme, table, onTable, modes } = props;
  const box = useRef<HTMLElement>(null);
  const refocus = useRef(false);
  const summary = chart.summary(data);

  useEffect(() => {
    if (!refocus.current) return;
    refocus.current = false;
    box.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus();
  }, [table]);

  const toggle = () => {
    refocus.current = true;
    onTable(!table);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 't') toggle();
    else if (event.key === 'Escape' && table) toggle();
    else if (event.key === 'm' && modes) modes.choose(next(modes.names, modes.current));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <figure class="nl-figure" ref={box} data-figure={id} onKeyDown={onKeyDown}>
      <figcaption>
        <div class="nl-figure-head">
          <h3>{title}</h3>
          <span class="nl-tools">
            {modes && <Modes {...modes} title={title} />}
            <button
              type="button"
              class="nl-icon-button"
              tabIndex={-1}
              aria-pressed={table}
              aria-label={`${title} as a table`}
              title="Table (t)"
              onClick={toggle}
            >
              <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
                <path d="M1.5 2.5h13v11h-13zM1.5 6.5h13M1.5 10h13M6 2.5v11" fill="none" stroke="currentColor" />
              </svg>
            </button>
          </span>
        </div>
        <p class="nl-summary" id={`${id}-summary`}>
          {summary}
        </p>
        {props.control}
      </figcaption>
      {table ? (
        <DataTable table={chart.table(data)} />
      ) : (
        <>
          <Drawn id={id} title={title} chart={chart} data={data} theme={theme} modes={modes !== undefined} />
          <Legend entries={chart.legend(data, theme)} />
        </>
      )}
    </figure>
  );
}

interface DrawnProps<Data> extends Pick<FigureProps<Data>, 'id' | 'title' | 'chart' | 'data' | 'theme'> {
  readonly modes: boolean;
}

function Drawn<Data>({ id, title, chart, data, theme, modes }: DrawnProps<Data>) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const live = useRef<LiveChart<Data> | null>(null);

  useEffect(() => {
    if (!canvas.current) return undefined;
    const drawing = new LiveChart<Data>(canvas.current);
    live.current = drawing;
    return () => drawing.dispose();
  }, []);
  useEffect(() => live.current?.show(chart, data, theme), [chart, data, theme]);

  return (
    <div
      class="nl-drawing"
      role="img"
      aria-label={title}
      aria-describedby={`${id}-summary`}
      aria-keyshortcuts={modes ? 't m' : 't'}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a drawing is one tab stop, where its keys work.
      tabIndex={0}
      style={{ height: `${chart.height(data)}px` }}
    >
      <canvas ref={canvas} />
    </div>
  );
}

function Modes({
  names,
  current,
  choose,
  title,
}: NonNullable<FigureProps<never>['modes']> & { readonly title: string }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out in a line of text.
    <span class="nl-modes" role="group" aria-label={`${title}, drawn as`}>
      {names.map((name) => (
        <button
          key={name}
          type="button"
          tabIndex={-1}
          aria-pressed={name === current}
          title={`${name} (m)`}
          onClick={() => choose(name)}
        >
          {name}
        </button>
      ))}
    </span>
  );
}

function next(names: readonly string[], current: string): string {
  return names[(names.indexOf(current) + 1) % names.length] ?? current;
}
