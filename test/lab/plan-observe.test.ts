import assert from 'node:assert/strict';
import { NO_HINTS } from '../../src/base/hints.ts';
import { observeChoices, planObserve } from '../../src/lab/plan-observe.ts';
import { residualNet, simpleNet } from '../graph/graphs.ts';

suite('The plan of an observed run', () => {
  const stepsOf = (...args: Parameters<typeof planObserve>) => planObserve(...args).runs[0]?.steps;

  test('is 300 steps of a small model', () => {
    assert.equal(stepsOf(simpleNet(), NO_HINTS), 300);
    assert.equal(stepsOf(residualNet(), NO_HINTS), 300);
  });

  test('has fewer steps where one takes long, but never too few to see something', () => {
    // 55,808 multiply-adds a sample, three times a step.
    assert.equal(stepsOf(residualNet(), { ...NO_HINTS, batch: 50_000 }), 40);
    assert.equal(stepsOf(residualNet(), { ...NO_HINTS, batch: 100_000_000 }), 20);
  });

  test('has as many steps as asked for', () => {
    assert.equal(stepsOf(residualNet(), { ...NO_HINTS, batch: 100_000_000 }, { steps: 2 }), 2);
  });

  test('says why it is short', () => {
    const hints = { ...NO_HINTS, batch: 50_000 };
    const choices = (steps?: number) =>
      observeChoices(planObserve(residualNet(), hints, steps === undefined ? {} : { steps }), hints);
    assert.ok(choices().includes('40 steps, each 8.4 billion multiply-adds'), choices().join('; '));
    assert.ok(choices(300).includes('300 steps'));
  });
});
