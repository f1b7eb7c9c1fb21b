import assert from 'node:assert/strict';
import type { Observation } from '../../src/lab/observation.ts';
import { ObservationStore } from '../../webview-ui/observations.ts';
import {
  deadShare,
  driftData,
  gapData,
  inDepth,
  layerScalar,
  lossData,
  profileData,
  statisticsData,
  updateData,
} from '../../webview-ui/panel/measured.ts';
import { facts, otherFigures } from '../../webview-ui/panel/others.ts';
import { PanelStore } from '../../webview-ui/panel/store.ts';
import { deepView, FINISHED, observationsUntil, runningAt } from '../browser/fixtures.ts';

function scalar(name: string, layer: string, step: number, value: number): Observation {
  return { kind: 'scalar', name, layer, step, value };
}

function storeOf(observations: readonly Observation[]): ObservationStore {
  const store = new ObservationStore();
  store.add(observations);
  return store;
}

suite('observations', () => {
  test('come in any order and twice, and are kept once and in order', () => {
    const store = storeOf([
      scalar('a', '', 2, 20),
      scalar('a', '', 0, 0),
      scalar('a', '', 1, 10),
      scalar('a', '', 1, 11),
    ]);
    assert.deepEqual(
      store.scalars('a')[0]?.items.map(({ value }) => value),
      [0, 11, 20],
    );
    assert.deepEqual(store.steps, [0, 1, 2]);
    assert.equal(store.count, 3);
  });

  test('NaN travels as null and is NaN again', () => {
    const sent = JSON.parse(JSON.stringify([scalar('loss/train', '', 0, Number.NaN)])) as Observation[];
    assert.ok(Number.isNaN(storeOf(sent).scalars('loss/train')[0]?.items[0]?.value));
    const vector = JSON.parse('{"kind":"vector","name":"v","layer":"","step":0,"values":[1,null]}') as Observation;
    assert.deepEqual(storeOf([vector]).vectors('v')[0]?.items[0]?.values, [1, Number.NaN]);
  });
});

suite('measurements and their charts', () => {
  const store = storeOf(observationsUntil(300));

  test('loss: three courses, and what eval mode costs', () => {
    const data = lossData(store, 300);
    assert.deepEqual(
      data.series.map(({ label }) => label),
      ['Training loss', 'Validation loss, train mode', 'Validation loss, eval mode'],
    );
    assert.match(data.verdict, /^The same validation rows cost \d\.\d+ times as much in eval mode as in train mode\.$/);
  });

  test('many noisy points are drawn faint, their moving average in front; both are in the table', () => {
    const noisy = Array.from({ length: 100 }, (_, step) => scalar('loss/train', '', step, step % 2 === 0 ? 1 : 3));
    const { series } = lossData(storeOf(noisy), 99);
    assert.deepEqual(
      series.map(({ label, faint }) => [label, faint ?? false]),
      [
        ['Training loss', true],
        ['Training loss, smoothed', false],
      ],
    );
    assert.ok(series[1]?.values.every((value) => value > 1.5 && value < 2.5));
    assert.deepEqual(series[0]?.values.slice(0, 2), [1, 3]);
  });

  test('the gap’s sign is said in words', () => {
    assert.match(gapData(store, 300).verdict, /eval mode's loss is [\d.]+ higher than train mode's\.$/);
    assert.match(gapData(storeOf([scalar('train-eval-gap', '', 0, 0.5)]), 0).verdict, /0\.5 lower/);
    assert.equal(gapData(storeOf([]), 0).verdict, '');
  });

  test('drift has two rows a BatchNorm, with the measured numbers', () => {
    const { rows } = driftData(store, 300);
    assert.deepEqual(
      rows.map(({ layer, of }) => `${layer} ${of}`),
      ['bn1 mean', 'bn1 variance', 'bn2 mean', 'bn2 variance'],
    );
    assert.deepEqual(
      rows[3]?.values,
      store.scalars('running-var-drift')[1]?.items.map(({ value }) => value),
    );
  });

  test('the profile lists layers as the data flows, with nothing where nothing was measured', () => {
    const { layers, columns } = profileData(store, 300, '');
    assert.deepEqual(layers, ['fc1', 'bn1', 'relu1', 'fc2', 'bn2', 'relu2', 'fc3']);
    assert.deepEqual(
      columns.map(({ label }) => label),
      ['activation std', 'gradient norm', 'dead %'],
    );
    assert.equal(columns[1]?.values[2], null);
    assert.ok((columns[2]?.values[5] ?? 0) > 0.4);
  });

  test('a unit is dead when it was silent for eight measured batches, not for one', () => {
    const activity = (step: number, values: number[]): Observation => ({
      kind: 'vector',
      name: 'unit-activity',
      layer: 'relu',
      step,
      values,
    });
    const steps = Array.from({ length: 8 }, (_, i) => activity(i, [0, i === 3 ? 0.1 : 0, 0.5, 0.5]));
    const [track] = storeOf(steps).vectors('unit-activity');
    assert.equal(deadShare(track, 7), 0.25);
    assert.equal(deadShare(track, 6), null);
    assert.equal(deadShare(undefined, 7), null);
  });

  test('layers known to one list only find their place by their neighbors', () => {
    assert.deepEqual(
      inDepth([
        ['fc1', 'relu', 'fc2'],
        ['fc1', 'bn', 'fc2', 'fc3'],
      ]),
      ['fc1', 'relu', 'bn', 'fc2', 'fc3'],
    );
    assert.deepEqual(inDepth([]), []);
  });

  test('running_var is held against the batch’s variance', () => {
    assert.match(
      statisticsData(store, 'var', 'bn2', 300)?.verdict ?? '',
      /running_var is 0\.2\d+ times its batch variance/,
    );
    assert.equal(statisticsData(store, 'var', 'fc1', 300), null);
  });

  test('update ratios outside the usual are named; of many layers, the outer ones are drawn', () => {
    assert.equal(updateData(store, 300, '').verdict, '1 layer outside the usual −4 … −2: fc3.');
    const deep = storeOf(deepView(100, 60).observations);
    const { series } = updateData(deep, 60, 'blocks.10.conv');
    assert.ok(series.length <= 4);
    assert.equal(series[0]?.label, 'Median of 50 layers');
    assert.ok(series.some(({ label }) => label === 'blocks.10.conv'));
  });

  test('a name nobody knows is drawn or listed, never lost', () => {
    const unknown = [0, 1, 2].map((step) => scalar('sharpness', 'fc1', step, step));
    const strange = storeOf([...unknown, scalar('once', 'fc1', 9, 0.5), { ...vectorOf('spectrum'), layer: 'fc1' }]);
    assert.deepEqual(
      otherFigures(strange, 'fc1', 2).map(({ name }) => name),
      ['sharpness', 'spectrum'],
    );
    assert.deepEqual(facts(strange, 'fc1'), [{ name: 'Once', values: ['0.5 at step 9'] }]);
    assert.deepEqual(otherFigures(strange, '', 2), []);
    assert.equal(layerScalar(strange, 'gradient-norm', 'fc1', 2), null);
  });
});

suite('the panel’s state', () => {
  test('opens at the latest step and follows the run until someone looks back', () => {
    const store = new PanelStore(null, () => {});
    store.replace(runningAt(40));
    assert.equal(store.step.value, 40);
    store.moveStep(-1);
    assert.equal(store.step.value, 35);
    store.replace({ ...runningAt(60) });
    assert.equal(store.step.value, 35, 'the same run keeps the step one looks at');
    store.goTo(null);
    assert.equal(store.step.value, 60);
    store.goTo(33);
    assert.equal(store.step.value, 35, 'a step nobody measured is the nearest that was');
  });

  test('another run opens at its own latest step', () => {
    const store = new PanelStore(null, () => {});
    store.replace(FINISHED);
    store.goTo(10);
    store.replace({ ...FINISHED, run: FINISHED.run && { ...FINISHED.run, id: 'other' } });
    assert.equal(store.step.value, 300);
  });

  test('what the editor kept is taken up; what it cannot be is not', () => {
    let kept: unknown = null;
    const first = new PanelStore(null, (look) => {
      kept = look;
    });
    first.replace(FINISHED);
    first.goTo(50);
    first.setTable('loss', true);
    first.change({ selected: 'bn2' });
    const second = new PanelStore(JSON.parse(JSON.stringify(kept)), () => {});
    second.replace(FINISHED);
    assert.equal(second.step.value, 50);
    assert.equal(second.isTable('loss'), true);
    assert.equal(second.look.value.selected, 'bn2');
    for (const strange of [undefined, 7, { step: 'x' }, { run: 1 }]) {
      assert.equal(new PanelStore(strange, () => {}).look.value.selected, '');
    }
  });

  test('a burst of events is one redraw, and a pause draws nothing while it collects', async () => {
    const store = new PanelStore(null, () => {});
    store.replace(runningAt(10));
    const before = store.version.value;
    for (let step = 11; step < 61; step++) {
      store.merge({ run: 'observe', step, steps: 300, observations: [scalar('loss/train', '', step, 1)] });
    }
    await later(150);
    assert.equal(store.version.value, before + 1);
    assert.equal(store.step.value, 60);
    store.setPaused(true);
    const paused = store.version.value;
    store.merge({ run: 'observe', step: 61, steps: 300, observations: [scalar('loss/train', '', 61, 1)] });
    await later(150);
    assert.equal(store.version.value, paused);
    assert.equal(store.reached.value, 61);
    store.setPaused(false);
    assert.equal(store.step.value, 61);
  });

  test('what another run reports is not this run’s', () => {
    const store = new PanelStore(null, () => {});
    store.replace(runningAt(10));
    const { count } = store.observations;
    store.merge({ run: 'before', step: 99, steps: 300, observations: [scalar('loss/train', '', 99, 1)] });
    assert.equal(store.observations.count, count);
  });
});

function later(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function vectorOf(name: string): Observation {
  return { kind: 'vector', name, layer: '', step: 0, values: [1, 2, 3] };
}
