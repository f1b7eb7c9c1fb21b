// What an optimizer is, as a value: its arguments with PyTorch's names and defaults, the tensors it keeps beside
// each parameter, and the numbers of each step. The engine has the update rule as one kernel over all parameters.

import type { Bound, Params, Values } from '../signature.ts';
import { bind } from '../signature.ts';

export interface Optimizer {
  /** `torch.optim.SGD`. */
  readonly name: string;
  /** Without `params`. */
  readonly args: Params;
  /** The engine's kernel for the update. */
  readonly kernel: 'sgd' | 'adam' | 'rmsprop' | 'adagrad';
  /** Throws a UserError for arguments it does not take. */
  bind(args: Values): BoundOptimizer;
}

/** What a schedule may change from step to step. */
export interface Rates {
  readonly lr: number;
  /** SGD's and RMSprop's momentum, Adam's first beta; null where the optimizer has none. */
  readonly momentum: number | null;
}

export interface BoundOptimizer {
  /** Names of the tensors kept for each parameter, as PyTorch's state_dict has them, with the number they begin as. */
  readonly slots: Readonly<Record<string, number>>;
  /** As given to the constructor. */
  readonly rates: Rates;
  /** What the kernel reads at step `step`, which counts from 1. */
  scalars(step: number, rates?: Rates): readonly number[];
}

interface OptimizerDefinition<P extends Params> {
  readonly name: string;
  readonly args: P;
  readonly kernel: Optimizer['kernel'];
  slots(args: Bound<P>): Readonly<Record<string, number>>;
  rates(args: Bound<P>): Rates;
  scalars(args: Bound<P>, rates: Rates, step: number): readonly number[];
}

export function optimizer<P extends Params>(definition: OptimizerDefinition<P>): Optimizer {
  const { name, args, kernel } = definition;
  return {
    name,
    args,
    kernel,
    bind(values) {
      const bound = bind(name, args, values);
      const rates = definition.rates(bound);
      return {
        slots: definition.slots(bound),
        rates,
        scalars: (step, now = rates) => definition.scalars(bound, now, step),
      };
    },
  };
}

/** base^exponent for a positive integer exponent, by multiplication alone: the same in every runtime. */
export function power(base: number, exponent: number): number {
  let result = 1;
  let square = base;
  for (let n = exponent; n > 0; n = Math.floor(n / 2)) {
    if (n % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}
