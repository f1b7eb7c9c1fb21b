// The whole panel: header, verdicts, one scrubber, the default screen, the layers.

import { useEffect, useRef } from 'preact/hooks';
import { takesKeys } from '../dom.ts';
import { plural } from '../format.ts';
import { type Actions, Header } from './header.tsx';
import { Layers } from './layers.tsx';
import { Overview } from './overview.tsx';
import { Scrubber } from './scrubber.tsx';
import type { PanelStore } from './store.ts';
import { Verdicts } from './verdicts.tsx';

/** Screen readers hear of new verdicts, and not more often than this. */
const ANNOUNCE_MS = 5000;

export function Panel({ store, actions }: { readonly store: PanelStore; readonly actions: Actions }) {
  store.version.value;
  const view = store.view.value;
  const theme = store.theme.value;
  const onKeyDown = (event: KeyboardEvent) => {
    if (handled(event, store)) event.preventDefault();
  };
  useEffect(() => {
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  });
  if (!theme) return null;
  const measured = store.observations.count > 0;
  return (
    <main class="nl-root nl-panel" aria-label="Observatory">
      <Header store={store} actions={actions} />
      {(measured || view.verdicts.length > 0 || view.findings.length > 0) && <Verdicts view={view} ways={actions} />}
      {measured && (
        <>
          <Scrubber store={store} />
          <Overview store={store} theme={theme} />
        </>
      )}
      {!measured && view.phase === 'running' && <p class="nl-quiet">The first measurements are on their way.</p>}
      {view.model && <Layers store={store} theme={theme} ways={actions} />}
      {measured && <Keys />}
      <Announcer verdicts={view.verdicts.length} />
    </main>
  );
}

/** Keys that belong to the whole panel; a control that has the focus comes first. */
function handled(event: KeyboardEvent, store: PanelStore): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || takesKeys(event.target)) return false;
  const onButton = event.target instanceof Element && event.target.closest('button, summary') !== null;
  switch (event.key) {
    case '[':
    case 'ArrowLeft':
      store.moveStep(-1);
      return true;
    case ']':
    case 'ArrowRight':
      store.moveStep(1);
      return true;
    case 'PageUp':
    case 'PageDown':
      if (!onDrawing(event.target)) return false;
      store.moveStep(event.key === 'PageUp' ? -10 : 10);
      return true;
    case 'Home':
      store.goTo(store.observations.steps[0] ?? 0);
      return true;
    case 'End':
      store.goTo(null);
      return true;
    case ' ':
      if (onButton) return false;
      store.setPaused(!store.paused.value);
      return true;
    case 'Escape':
      document.getElementById('header')?.focus();
      return true;
    default:
      return focusFigure(event.key);
  }
}

function onDrawing(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('.nl-drawing') !== null;
}

/** `1`…`9` go to the charts of the default screen. */
function focusFigure(key: string): boolean {
  if (!/^[1-9]$/.test(key)) return false;
  const figure = document.querySelectorAll('.nl-figure')[Number(key) - 1];
  figure?.scrollIntoView({ block: 'nearest' });
  figure?.querySelector<HTMLElement>('[tabindex="0"]')?.focus({ preventScroll: true });
  return figure !== undefined;
}

function Keys() {
  const keys = [
    ['← →', 'one measured step; also [ and ]'],
    ['Home End', 'first, latest step'],
    ['1 … 9', 'to a chart'],
    ['t', 'table and back'],
    ['m', 'heatmap, ridges, overlay'],
    ['Space', 'pause drawing'],
    ['Esc', 'to the top'],
  ] as const;
  return (
    <details class="nl-keys">
      <summary>Keys</summary>
      <dl>
        {keys.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function Announcer({ verdicts }: { readonly verdicts: number }) {
  const box = useRef<HTMLDivElement>(null);
  const said = useRef({ count: 0, at: Number.NEGATIVE_INFINITY });
  useEffect(() => {
    if (verdicts <= said.current.count) {
      said.current.count = verdicts;
      return undefined;
    }
    const wait = Math.max(0, said.current.at + ANNOUNCE_MS - performance.now());
    const timer = setTimeout(() => {
      said.current = { count: verdicts, at: performance.now() };
      if (box.current) box.current.textContent = `${plural(verdicts, 'verdict')} now.`;
    }, wait);
    return () => clearTimeout(timer);
  }, [verdicts]);
  return <div class="nl-visually-hidden" aria-live="polite" ref={box} />;
}
