// Every verdict's page is its test: observations that show it, and that do not.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import type { Graph } from '../../src/graph/graph.ts';
import { judge } from '../../src/lab/judge.ts';
import type { Observation } from '../../src/lab/observation.ts';
import type { RunResult } from '../../src/lab/plan.ts';
import { Evidence, type JudgeContext } from '../../src/lab/verdict.ts';
import { all } from '../../src/lab/verdicts/all.ts';
import { all as observers } from '../../src/train/observers/all.ts';

interface Case {
  readonly steps: number;
  readonly batch?: number;
  readonly status?: RunResult['status'];
  readonly reason?: string;
  readonly layers: Readonly<Record<string, string>>;
  readonly findings?: readonly { rule: string; line: number; message?: string }[];
  readonly observations: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>>;
  readonly says?: string;
}

const folder = path.resolve(import.meta.dirname, '../../src/lab/verdicts');

function cases(page: string, heading: string): Case[] {
  const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/```yaml\n(.*?)```/gs)].map((match) => parse(match[1] as string) as Case);
}

function graphOf({ layers }: Case): Graph {
  const modules = Object.entries(layers).map(([name, type], i) => ({
    path: name,
    class: type,
    args: {},
    layer: true,
    state: {},
    place: { path: 'net.py', line: i + 3, column: 1, endLine: i + 3, endColumn: 2 },
  }));
  return {
    version: 1,
    rootClass: 'Net',
    construct: 'Net()',
    path: 'net.py',
    place: null,
    inputs: [],
    modules,
    tensors: [],
    train: [],
    eval: [],
    problems: [],
  };
}

function read(one: Case): { result: RunResult; context: JudgeContext } {
  const observations: Observation[] = [];
  for (const [name, layers] of Object.entries(one.observations))
    for (const [layer, steps] of Object.entries(layers))
      for (const [step, value] of Object.entries(steps))
        observations.push({ kind: 'scalar', name, layer, step: Number(step), value });
  const { steps, status = 'finished', reason = '' } = one;
  const findings = (one.findings ?? []).map((finding) => ({ name: 'n', path: 'net.py', message: '', ...finding }));
  return {
    result: { run: 'r', status, steps, observations, summary: {}, reason },
    context: { graph: graphOf(one), findings, ...(one.batch ? { batch: one.batch } : {}) },
  };
}

suite('verdicts', () => {
  for (const kind of all) {
    const file = path.join(folder, `${kind.name}.md`);
    test(`${kind.code} ${kind.name}: its page`, () => {
      assert.ok(existsSync(path.join(folder, `${kind.name}.ts`)), 'the name is the file');
      const page = readFileSync(file, 'utf8');
      assert.match(page, /\*\*Thresholds?\.\*\*/, 'thresholds are justified');
      const shows = cases(page, 'Shows');
      const silent = cases(page, 'Does not show');
      assert.ok(shows.length > 0 && silent.length > 0);
      for (const one of shows) {
        const { result, context } = read(one);
        const found = kind.judge(new Evidence(result, context));
        assert.equal(found.length, 1, page);
        assert.match(found[0]?.message ?? '', new RegExp(one.says ?? 'missing `says`'));
        assert.equal(found[0]?.rule, kind.code);
        assert.ok(Object.values(found[0]?.numbers ?? {}).length > 0);
      }
      for (const one of silent) {
        const { result, context } = read(one);
        assert.deepEqual(kind.judge(new Evidence(result, context)), []);
      }
    });

    test(`${kind.code} ${kind.name}: its observers exist`, () => {
      const known: readonly string[] = observers.map((observer) => observer.name);
      for (const name of kind.observers) assert.ok(known.includes(name), name);
    });
  }

  test('a cancelled run is judged by what it has, without numbers that were not measured', () => {
    for (const kind of all) {
      for (const one of cases(readFileSync(path.join(folder, `${kind.name}.md`), 'utf8'), 'Shows')) {
        const { result, context } = read(one);
        const early = result.observations.filter((observation) => observation.step === 0);
        for (const verdict of judge([{ ...result, status: 'cancelled', observations: early }], context))
          assert.ok(Object.values(verdict.numbers).every(Number.isFinite), verdict.message);
      }
    }
  });

  test('what two runs show is said once', () => {
    const one = cases(readFileSync(path.join(folder, 'train-eval-gap.md'), 'utf8'), 'Shows')[0] as Case;
    const { result, context } = read(one);
    assert.equal(judge([result, { ...result, run: 's' }], context).length, 1);
  });
});
