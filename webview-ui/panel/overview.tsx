// The default screen: the few charts that tell faults apart, in the order of how much they tell. Loss says that
// something is wrong; the four below it say what.

import drift, { distance } from '../charts/drift.ts';
import line from '../charts/line.ts';
import profile from '../charts/profile.ts';
import type { Theme } from '../theme.ts';
import { Facts, OtherFigures, PanelFigure } from './charts.tsx';
import {
  accuracyData,
  driftData,
  gapData,
  gradientData,
  lossData,
  profileData,
  statisticsData,
  updateData,
} from './measured.ts';
import type { PanelStore } from './store.ts';

export function Overview({ store, theme }: { readonly store: PanelStore; readonly theme: Theme }) {
  const { observations } = store;
  const step = store.step.value;
  const selected = store.look.value.selected;
  const has = (name: string) => observations.scalars(name).length > 0;
  const drifting = driftData(observations, step);
  const shown = { store, theme };
  const worst = farthest(drifting);
  const variance = worst ? statisticsData(observations, 'var', worst, step) : null;
  return (
    <section class="nl-section nl-grid" aria-labelledby="overview-title">
      <h2 id="overview-title">Overview</h2>
      <PanelFigure {...shown} id="loss" chart={line} data={lossData(observations, step)} />
      {drifting.rows.length > 0 && <PanelFigure {...shown} id="drift" chart={drift} data={drifting} />}
      {variance && (
        <PanelFigure
          {...shown}
          id="drift-variance"
          chart={line}
          data={{ ...variance, title: `${variance.title}, ${worst}` }}
        />
      )}
      <PanelFigure {...shown} id="profile" chart={profile} data={profileData(observations, step, selected)} />
      {has('update-ratio') && (
        <PanelFigure {...shown} id="update" chart={line} data={updateData(observations, step, selected)} />
      )}
      {has('train-eval-gap') && <PanelFigure {...shown} id="gap" chart={line} data={gapData(observations, step)} />}
      {has('accuracy/eval') && (
        <PanelFigure {...shown} id="accuracy" chart={line} data={accuracyData(observations, step)} />
      )}
      {has('gradient-norm') && (
        <PanelFigure {...shown} id="gradients" chart={line} data={gradientData(observations, step, selected)} />
      )}
      <OtherFigures {...shown} layer="" />
      <Facts store={store} layer="" />
    </section>
  );
}

/** The layer that drifts farthest anywhere in the run, so that the choice does not flicker. */
function farthest({ rows }: ReturnType<typeof driftData>): string | null {
  let found: { layer: string; far: number } | null = null;
  for (const row of rows) {
    const far = Math.max(...row.values.map((_, i) => distance(row, i) || 0));
    if (!found || far > found.far) found = { layer: row.layer, far };
  }
  return found?.layer ?? null;
}
