// One step for everything: the slider runs over the steps that were measured, the field takes any number.

import type { PanelStore } from './store.ts';

export function Scrubber({ store }: { readonly store: PanelStore }) {
  const last = store.lastStep.value;
  const step = store.step.value;
  const { steps } = store.observations;
  const follows = store.look.value.step === null;
  const index = steps.indexOf(step);
  return (
    <div class="nl-scrubber">
      <label class="nl-scrubber-label" for="step">
        Step
      </label>
      <input
        id="step"
        class="nl-step"
        type="number"
        min={steps[0] ?? 0}
        max={last}
        value={step}
        onChange={(event) => store.goTo(Number(event.currentTarget.value))}
      />
      <input
        type="range"
        aria-label="Step shown in every chart"
        aria-valuetext={`step ${step} of ${last}`}
        min={0}
        max={Math.max(1, steps.length - 1)}
        step={1}
        value={index < 0 ? steps.length - 1 : index}
        onInput={(event) => store.goTo(steps[Number(event.currentTarget.value)] ?? null)}
      />
      <button
        type="button"
        class="nl-latest"
        aria-pressed={follows}
        title="Stay at the latest step (End)"
        onClick={() => store.goTo(null)}
      >
        latest
      </button>
    </div>
  );
}
