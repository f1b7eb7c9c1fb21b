// What is observed, how far it is, and the two things one can do about it.

import type { Place } from '../../src/base/finding.ts';
import type { ModelView } from '../../src/protocol/messages.ts';
import { formatNumber, plural } from '../format.ts';
import { RichText } from '../rich-text.tsx';
import type { PanelStore } from './store.ts';

/** Where a finding can lead. */
export interface Ways {
  reveal(place: Place): void;
  /** Opens the page of a rule or verdict. */
  explain(code: string): void;
}

export interface Actions extends Ways {
  observe(): void;
  cancel(): void;
}

const HEADLINES = {
  empty: 'Nothing observed yet',
  reading: 'Reading the model',
  running: 'Training',
  finished: 'Finished',
  cancelled: 'Stopped',
  failed: 'Could not go on',
} as const;

const LONG = 40;
const EMPTY_MESSAGE =
  'Open a Python file with an `nn.Module` and observe it: the model is trained here, on small data, without Python.';

export function Header({ store, actions }: { readonly store: PanelStore; readonly actions: Actions }) {
  const view = store.view.value;
  const { model, run, phase } = view;
  const busy = phase === 'reading' || phase === 'running';
  const steps = run?.steps ?? 0;
  const step = Math.max(view.step, store.reached.value);
  const problems = plural(view.verdicts.length, 'problem');
  const spoken = model
    ? `Observing ${model.name}, step ${step}${steps ? ` of ${steps}` : ''}, ${problems}`
    : 'Observatory, nothing observed yet';
  return (
    <section class="nl-header" id="header" tabIndex={-1} aria-label={spoken}>
      {model && (
        <div class="nl-title">
          <h1>{model.name}</h1>
          <span class="nl-sub">
            {plural(model.parameters, 'parameter')} · {plural(model.layers.length, 'layer')}
          </span>
        </div>
      )}
      {model && <Choices model={model} />}
      <Status store={store} step={step} actions={actions} />
      {busy && (
        <progress class="nl-progress" aria-label="Progress" {...(steps > 0 ? { max: steps, value: step } : {})} />
      )}
      {store.notice.value && (
        <p class="nl-notice" role="alert">
          <RichText text={store.notice.value} />
        </p>
      )}
    </section>
  );
}

/** What fits on a line is shown; whole sentences, such as how the data were fitted to the model, on demand. */
function Choices({ model }: { readonly model: ModelView }) {
  const long = model.choices.filter((choice) => choice.length > LONG || choice.endsWith('.'));
  const short = model.choices.filter((choice) => !long.includes(choice));
  return (
    <>
      <p class="nl-choices">
        <Fidelity fidelity={model.fidelity} />
        {short.map((choice) => (
          <span key={choice} class="nl-choice">
            <RichText text={choice} />
          </span>
        ))}
      </p>
      {long.length > 0 && (
        <details class="nl-long-choices">
          <summary>Input and data in full</summary>
          <ul>
            {long.map((choice) => (
              <li key={choice}>
                <RichText text={choice} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

interface StatusProps {
  readonly store: PanelStore;
  readonly step: number;
  readonly actions: Actions;
}

function Status({ store, step, actions }: StatusProps) {
  const { model, run, phase, message } = store.view.value;
  const busy = phase === 'reading' || phase === 'running';
  const steps = run?.steps ?? 0;
  // Where the host says what happens, its sentence is enough.
  const headline = message && phase !== 'failed' ? '' : HEADLINES[phase];
  return (
    <div class={`nl-status nl-phase-${phase}`}>
      <div class="nl-status-text">
        {headline && <strong>{headline}</strong>}
        {(message || phase === 'empty') && (
          <p role={phase === 'failed' ? 'alert' : undefined}>
            <RichText text={message || EMPTY_MESSAGE} />
          </p>
        )}
        {phase === 'running' && steps > 0 && (
          <p class="nl-sub">
            step {formatNumber(step, 'count')} of {formatNumber(steps, 'count')}
            {store.paused.value ? ', drawing paused' : ''}
          </p>
        )}
      </div>
      {busy ? (
        <button type="button" class="nl-button nl-second" onClick={actions.cancel}>
          Stop
        </button>
      ) : (
        <button type="button" class={`nl-button ${model ? 'nl-second' : ''}`} onClick={actions.observe}>
          {model ? 'Observe again' : 'Observe This Model'}
        </button>
      )}
    </div>
  );
}

function Fidelity({ fidelity }: { readonly fidelity: { exact: number; approximated: number; skipped: number } }) {
  const { exact, approximated, skipped } = fidelity;
  const whole = approximated + skipped === 0;
  const parts = [
    `${exact} exact`,
    approximated > 0 ? `${approximated} approximated` : '',
    skipped > 0 ? `${skipped} skipped` : '',
  ].filter(Boolean);
  const text = whole ? `all ${plural(exact, 'operation')} exact` : parts.join(', ');
  return (
    <span
      class={`nl-badge ${whole ? '' : 'nl-badge-watch'}`}
      title="How many of the model's operations compute exactly what PyTorch computes"
    >
      {text}
    </span>
  );
}
