// A cell's output: what was asked, how far it is, whether the expectations hold, the grid, the curves, and what
// it takes to make it again. Drawn from the output's data alone, so that a reopened notebook looks the same.

import { useState } from 'preact/hooks';
import type { CellOutput } from '../../src/protocol/messages.ts';
import grid, { type GridData } from '../charts/grid.ts';
import line from '../charts/line.ts';
import { copyText, takesKeys } from '../dom.ts';
import { Figure } from '../figure.tsx';
import { capital, plural } from '../format.ts';
import { HealthIcon } from '../icons.tsx';
import { RichText } from '../rich-text.tsx';
import { asText } from '../table-text.ts';
import type { Theme } from '../theme.ts';
import { GridView } from './grid-view.tsx';
import { curveNames, curves, gridData, type Layout, layoutOf, measureName, progressOf } from './results.ts';

/** Where one looks in one cell's output; outlives the output's being replaced while it runs. */
export interface CellLook {
  readonly measure: string;
  readonly curve: string;
  /** Chosen combinations, `row,column`. */
  readonly chosen: readonly string[];
  readonly tables: readonly string[];
}

export const FIRST_LOOK: CellLook = { measure: '', curve: '', chosen: [], tables: [] };

export interface CellViewProps {
  readonly output: CellOutput;
  readonly theme: Theme;
  readonly look: CellLook;
  change(look: CellLook): void;
}

export function CellView({ output, theme, look, change }: CellViewProps) {
  const layout = layoutOf(output.axes);
  const measure = output.measures.includes(look.measure) ? look.measure : (output.measures[0] ?? '');
  const data = gridData(output, layout, measure);
  const copy = useCopy(data);
  const onKeyDown = (event: KeyboardEvent) => {
    const copies = (event.ctrlKey || event.metaKey) && event.key === 'c' && !takesKeys(event.target);
    if (!copies || !getSelection()?.isCollapsed) return;
    event.preventDefault();
    event.stopPropagation();
    copy.now();
  };
  const empty = output.runs.length === 0;
  return (
    <section class={`nl-root nl-cell-output nl-state-${output.state}`} aria-label={output.title} onKeyDown={onKeyDown}>
      <Head output={output} />
      <Expectations output={output} />
      {empty ? (
        <p class="nl-quiet">0 combinations: an axis of the specification is empty, so there is nothing to run.</p>
      ) : (
        <>
          <div class="nl-toolbar">
            <Choice
              label="Measure"
              names={output.measures}
              value={measure}
              choose={(name) => change({ ...look, measure: name })}
            />
            <button type="button" class="nl-button nl-second" onClick={copy.now}>
              Copy table
            </button>
            <span role="status" class="nl-sub">
              {copy.said}
            </span>
          </div>
          <Results output={output} layout={layout} data={data} theme={theme} look={look} change={change} />
        </>
      )}
      <Provenance output={output} />
    </section>
  );
}

interface ResultsProps extends CellViewProps {
  readonly layout: Layout;
  readonly data: GridData;
}

function Results({ output, layout, data, theme, look, change }: ResultsProps) {
  const chosen = look.chosen.length > 0 ? look.chosen : firstColumn(data);
  const toggle = (key: string) =>
    change({ ...look, chosen: chosen.includes(key) ? chosen.filter((other) => other !== key) : [...chosen, key] });
  const names = curveNames(output);
  const curve = names.includes(look.curve) ? look.curve : (names.find((name) => name === 'loss/eval') ?? names[0]);
  const places = chosen
    .map((key) => key.split(',').map(Number) as [number, number])
    .filter(([row, column]) => row < data.rows.length && column < data.columns.length);
  const table = (id: string) => ({
    table: look.tables.includes(id),
    onTable: (shown: boolean) =>
      change({ ...look, tables: shown ? [...look.tables, id] : look.tables.filter((other) => other !== id) }),
  });
  return (
    <>
      <GridView
        data={data}
        label={`${data.measure} by ${data.rowLabel} and ${data.columnLabel}`}
        isChosen={(row, column) => chosen.includes(`${row},${column}`)}
        choose={(row, column) => toggle(`${row},${column}`)}
      />
      <div class="nl-pair">
        {data.columns.length < 2 ? (
          <p class="nl-summary">{grid.summary(data)}</p>
        ) : (
          <Figure
            id={`${output.cell}-interaction`}
            title={`${capital(data.measure)} by ${data.columnLabel}`}
            chart={grid}
            data={data}
            theme={theme}
            {...table('interaction')}
          />
        )}
        {curve && (
          <Figure
            id={`${output.cell}-curves`}
            title="Curves of the chosen cells"
            chart={line}
            data={curves(output, layout, places, curve)}
            theme={theme}
            {...table('curves')}
            control={
              <Choice label="Curve" names={names} value={curve} choose={(name) => change({ ...look, curve: name })} />
            }
          />
        )}
      </div>
    </>
  );
}

const CHIPS = {
  running: 'running',
  finished: 'finished',
  partial: 'partial',
  failed: 'failed',
  stale: 'stale: the specification changed',
} as const;

function Head({ output }: { readonly output: CellOutput }) {
  const { ended, planned } = progressOf(output);
  const counts = output.state === 'running' || output.state === 'partial' ? ` ${ended} of ${planned}` : '';
  return (
    <header class="nl-cell-head">
      <h2>{output.title}</h2>
      <span class={`nl-chip nl-chip-${output.state}`}>
        {CHIPS[output.state]}
        {counts}
      </span>
      {output.state === 'running' && (
        <progress class="nl-progress" aria-label="Runs ended" max={Math.max(1, planned)} value={ended} />
      )}
      {output.message && (
        <p class={output.state === 'failed' ? 'nl-failure' : 'nl-quiet'}>
          <RichText text={output.message} />
        </p>
      )}
    </header>
  );
}

function Expectations({ output }: { readonly output: CellOutput }) {
  const { expectations } = output;
  if (expectations.length === 0) return null;
  const failed = expectations.filter(({ passed }) => passed === false).length;
  const open = expectations.filter(({ passed }) => passed === null).length;
  const word =
    failed > 0 ? `${failed} of ${expectations.length} do not hold` : open > 0 ? 'not all decided yet' : 'all hold';
  return (
    <div class="nl-expectations">
      <h3>
        {plural(expectations.length, 'expectation')}: {word}
      </h3>
      <ul>
        {expectations.map(({ text, passed, detail }) => (
          <li key={text}>
            <HealthIcon
              health={passed === null ? 'none' : passed ? 'ok' : 'problem'}
              label={passed === null ? 'not decided' : passed ? 'holds' : 'does not hold'}
            />
            <div>
              <code>{text}</code>
              {detail && <span class="nl-sub">{detail}</span>}
            </div>
          </li>
        ))}
      </ul>
    </div>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly names: readonly string[];
  readonly value: string;
  choose(name: string): void;
}

function Choice({ label, names, value, choose }: ChoiceProps) {
  if (names.length < 2) return null;
  return (
    <label class="nl-select">
      {label}
      <select value={value} onChange={(event) => choose(event.currentTarget.value)}>
        {names.map((name) => (
          <option key={name} value={name}>
            {measureName(name)}
          </option>
        ))}
      </select>
    </label>
  );
}

function Provenance({ output }: { readonly output: CellOutput }) {
  const facts = Object.entries(output.provenance);
  if (facts.length === 0) return null;
  return (
    <p class="nl-provenance">
      {facts.map(([name, value]) => (
        <span key={name}>
          {name} <code>{value}</code>
        </span>
      ))}
    </p>
  );
}

function useCopy(data: GridData): { said: string; now(): void } {
  const [said, say] = useState('');
  return {
    said,
    now: () => {
      void copyText(asText(grid.table(data))).then((copied) =>
        say(copied ? 'Copied.' : 'The editor refused the clipboard.'),
      );
    },
  };
}

/** Before anything is chosen: every row at the first column that has a number. */
function firstColumn(data: GridData): readonly string[] {
  const column = data.columns.findIndex((_, j) => data.cells.some((row) => row[j]?.mean !== null));
  return column < 0 ? [] : data.rows.map((_, row) => `${row},${column}`);
}
