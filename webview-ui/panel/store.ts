// What the panel knows. The host owns the data and sends it whole (`view/changed`) or in pieces
// (`run/observed`); the view owns where one looks, which survives being hidden. Pieces are merged as they come
// and drawn at most ten times a second: whatever the pace of the run, there is never more than one redraw due.

import { batch, computed, signal } from '@preact/signals';
import type { RunProgress, ViewState } from '../../src/protocol/messages.ts';
import { ObservationStore } from '../observations.ts';
import type { Theme } from '../theme.ts';

/** Where one looks; plain data that the editor keeps. */
export interface Look {
  readonly run: string;
  readonly selected: string;
  /** null follows the run. */
  readonly step: number | null;
  readonly modes: Readonly<Record<string, string>>;
  readonly tables: readonly string[];
  readonly scroll: number;
}

export const HISTORY_MODES = ['heatmap', 'ridges', 'overlay'] as const;
const REDRAW_MS = 100;
const EMPTY_LOOK: Look = { run: '', selected: '', step: null, modes: {}, tables: [], scroll: 0 };
const NOTHING: ViewState = {
  model: null,
  run: null,
  phase: 'empty',
  message: '',
  step: 0,
  observations: [],
  verdicts: [],
  findings: [],
};

export class PanelStore {
  readonly view = signal<ViewState>(NOTHING);
  readonly observations = new ObservationStore();
  /** Changes whenever the observations drawn should change. */
  readonly version = signal(0);
  readonly paused = signal(false);
  readonly look = signal<Look>(EMPTY_LOOK);
  readonly theme = signal<Theme | null>(null);
  /** What an action answered, when it failed. */
  readonly notice = signal('');
  /** The step everything is drawn at. */
  readonly step = computed(() => this.look.value.step ?? this.lastStep.value);
  readonly lastStep = computed(() => {
    this.version.value;
    return this.observations.steps.at(-1) ?? 0;
  });
  /** How far the run is, seen ahead of what is drawn. */
  readonly reached = signal(0);
  readonly #save: (look: Look) => void;
  #redrawDue = false;
  #drawnAt = 0;

  constructor(saved: unknown, save: (look: Look) => void) {
    this.#save = save;
    if (isLook(saved)) this.look.value = saved;
  }

  /** Takes the whole state; a new run opens at its latest step. */
  replace(view: ViewState): void {
    batch(() => {
      const run = view.run?.id ?? '';
      if (run !== this.look.value.run) this.change({ run, step: null });
      this.view.value = view;
      this.reached.value = view.step;
      this.observations.clear();
      this.observations.add(view.observations);
      this.version.value++;
    });
  }

  merge(progress: RunProgress): void {
    const { run } = this.view.value;
    if (run && run.id !== progress.run) return;
    this.observations.add(progress.observations);
    this.#redrawSoon(progress.step);
  }

  change(part: Partial<Look>): void {
    this.look.value = { ...this.look.value, ...part };
    this.#save(this.look.value);
  }

  /** Moves the scrubber by `by` measured steps; past the last one it follows the run. */
  moveStep(by: number): void {
    const { steps } = this.observations;
    const now = this.step.value;
    const past = steps.findIndex((step) => step >= now);
    const i = (past < 0 ? steps.length - 1 : past) + by;
    this.goTo(i >= steps.length - 1 ? null : (steps[Math.max(0, i)] ?? null));
  }

  /** To a measured step, the nearest; null follows the run. */
  goTo(step: number | null): void {
    if (step === null) this.change({ step: null });
    else {
      const { steps } = this.observations;
      const nearest = steps.reduce((a, b) => (Math.abs(b - step) < Math.abs(a - step) ? b : a), steps[0] ?? 0);
      this.change({ step: nearest === steps.at(-1) ? null : nearest });
    }
  }

  setPaused(paused: boolean): void {
    this.paused.value = paused;
    if (!paused) this.version.value++;
  }

  isTable(figure: string): boolean {
    return this.look.value.tables.includes(figure);
  }

  setTable(figure: string, shown: boolean): void {
    const others = this.look.value.tables.filter((id) => id !== figure);
    this.change({ tables: shown ? [...others, figure] : others });
  }

  #redrawSoon(step: number): void {
    if (this.#redrawDue) {
      this.#latest = Math.max(this.#latest, step);
      return;
    }
    this.#redrawDue = true;
    this.#latest = step;
    const wait = Math.max(0, this.#drawnAt + REDRAW_MS - performance.now());
    setTimeout(() => {
      this.#redrawDue = false;
      batch(() => {
        this.reached.value = this.#latest;
        if (!this.paused.value) this.version.value++;
      });
      this.#drawnAt = performance.now();
    }, wait);
  }

  #latest = 0;
}

/** What the editor gives back may come from another version. */
function isLook(value: unknown): value is Look {
  if (typeof value !== 'object' || value === null) return false;
  const look = value as Record<string, unknown>;
  return (
    typeof look['run'] === 'string' &&
    typeof look['selected'] === 'string' &&
    (look['step'] === null || typeof look['step'] === 'number') &&
    typeof look['modes'] === 'object' &&
    look['modes'] !== null &&
    Array.isArray(look['tables']) &&
    typeof look['scroll'] === 'number'
  );
}
