// Expectations held against results: evaluated on the means over seeds. What cannot be known — a run is
// missing, diverged, or not selected by anything — is neither passed nor failed.

import { type Comparison, type Expression, parseExpectation, type Selection } from './expect-parser.ts';
import type { RunResult, RunSpec } from './plan.ts';
import { normName } from './spec.ts';
import { type Estimate, estimate, pairedDifference } from './statistics.ts';

export interface Checked {
  readonly text: string;
  /** null: unknown. */
  readonly passed: boolean | null;
  /** The numbers on both sides, or why it is unknown. */
  readonly detail: string;
}

type Run = Pick<RunSpec, 'id' | 'axes' | 'seed'>;

export function checkExpectations(
  texts: readonly string[],
  runs: readonly Run[],
  results: readonly RunResult[],
): Checked[] {
  const found = new Results(runs, results);
  return texts.map((text) => {
    const { expectation, problem } = parseExpectation(text);
    if (!expectation) return { text, passed: null, detail: problem?.message ?? '' };
    const left = found.evaluate(expectation.left);
    const right = found.evaluate(expectation.right);
    const unknown = [left.unknown, right.unknown].filter((reason) => reason !== '');
    if (unknown.length > 0) return { text, passed: null, detail: `Unknown: ${unknown.join('; ')}.` };
    const passed = holds(left.value, expectation.comparison, right.value);
    const sides = [left.says, right.says, printDifference(left, right)].filter((side) => side !== '');
    return { text, passed, detail: `${passed ? 'Holds' : 'Does not hold'}: ${sides.join('; ')}.` };
  });
}

function holds(left: number, comparison: Comparison, right: number): boolean {
  switch (comparison) {
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    default:
      return comparison satisfies never;
  }
}

interface Evaluated {
  readonly value: number;
  /** The measures with their numbers; empty for a plain number. */
  readonly says: string;
  /** Why it is not known; empty where it is. */
  readonly unknown: string;
  /** A lone measure's value for each seed. */
  readonly bySeed?: ReadonlyMap<number, number>;
}

/** Between two measures of the same seeds: rows, order and first weights are shared, and fall out. */
function printDifference(left: Evaluated, right: Evaluated): string {
  if (!left.bySeed || !right.bySeed) return '';
  const { n, mean, half } = pairedDifference(left.bySeed, right.bySeed);
  return n < 2 ? '' : `difference by seed ${printNumber(mean)} ± ${printNumber(half)}`;
}

class Results {
  readonly #runs: readonly Run[];
  readonly #results: ReadonlyMap<string, RunResult>;

  constructor(runs: readonly Run[], results: readonly RunResult[]) {
    this.#runs = runs;
    this.#results = new Map(results.map((result) => [result.run, result]));
  }

  evaluate(expression: Expression): Evaluated {
    switch (expression.kind) {
      case 'number':
        return { value: expression.value, says: '', unknown: '' };
      case 'measure':
        return this.#measure(expression.name, expression.select, expression.text);
      case 'operation': {
        const left = this.evaluate(expression.left);
        const right = this.evaluate(expression.right);
        const join = (a: string, b: string) => [a, b].filter((part) => part !== '').join('; ');
        const value = operate(expression.operator, left.value, right.value);
        return { value, says: join(left.says, right.says), unknown: join(left.unknown, right.unknown) };
      }
      default:
        return expression satisfies never;
    }
  }

  #measure(name: string, select: Selection, text: string): Evaluated {
    const unknown = (why: string): Evaluated => ({ value: Number.NaN, says: '', unknown: `${text} ${why}` });
    const selected = this.#runs.filter((run) => select.every(({ axis, value }) => matches(run, axis, value)));
    if (selected.length === 0) return unknown('selects no run');
    const combinations = new Set(selected.map((run) => JSON.stringify(run.axes)));
    if (combinations.size > 1) return unknown(`selects ${combinations.size} combinations; name one value of each axis`);
    const bySeed = new Map<number, number>();
    for (const run of selected) {
      const result = this.#results.get(run.id);
      if (result?.status === 'diverged') return unknown(`diverged (seed ${run.seed}, step ${result.steps})`);
      if (result?.status !== 'finished') return unknown(`has not finished (seed ${run.seed})`);
      const value = result.summary[name];
      if (value === undefined || Number.isNaN(value)) return unknown('was not measured');
      bySeed.set(run.seed, value);
    }
    const found = estimate([...bySeed.values()]);
    return { value: found.mean, says: `${text} = ${printEstimate(found)}`, unknown: '', bySeed };
  }
}

function operate(operator: '+' | '-' | '*' | '/', a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    default:
      return operator satisfies never;
  }
}

/** A value without an axis belongs to whichever axis has it; a norm is known by all its names. */
function matches(run: Run, axis: string | null, value: string): boolean {
  if (axis === 'seed') return run.seed === Number(value);
  const entries = Object.entries(run.axes).filter(([name]) => axis === null || name === axis);
  return entries.some(([name, found]) =>
    typeof found === 'number' ? found === Number(value) : found === (name === 'norm' ? normName(value) : value),
  );
}

export function printEstimate({ mean, half, n }: Estimate): string {
  const interval = Number.isNaN(half) ? '' : ` ± ${printNumber(half)}`;
  return `${printNumber(mean)}${interval} (${n} seed${n === 1 ? '' : 's'})`;
}

/** Below this, a difference of two losses is the rounding of float32. */
const ROUNDING = 1e-7;

/** Four significant digits, without an exponent where people would not write one. */
export function printNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size < ROUNDING) return '0';
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) return value.toExponential(2);
  return String(Number(value.toPrecision(4)));
}
