// What a cell says about schedule, clipping and averaging, as a recipe.

import { isMap, isScalar, type YAMLMap } from 'yaml';
import { UserError } from '../base/errors.ts';
import { findScheduler } from '../torch/optim/lr_scheduler.ts';
import type { Recipe } from '../torch/optim/recipe.ts';
import type { Value, Values } from '../torch/signature.ts';
import type { CellReader } from './cell-reader.ts';

export const RECIPE_KEYS = ['schedule', 'clip_grad_norm', 'clip_grad_value', 'ema'] as const;

export function readRecipe(cell: CellReader, map: YAMLMap | null): Omit<Recipe, 'accumulate'> {
  const schedule = readSchedule(cell, map);
  const norm = positive(cell, map, 'clip_grad_norm');
  const value = positive(cell, map, 'clip_grad_value');
  if (norm !== null && value !== null)
    cell.error(cell.node(map, 'clip_grad_value'), 'A cell expects `clip_grad_norm` or `clip_grad_value`, not both.');
  const ema = positive(cell, map, 'ema');
  if (ema !== null && ema >= 1)
    cell.error(cell.node(map, 'ema'), `\`ema\` expects a decay below 1, such as 0.99, and got \`${ema}\`.`);
  return {
    ...(schedule === null ? {} : { schedule }),
    ...(norm === null ? {} : { clip: { by: 'norm', max: norm } }),
    ...(value === null || norm !== null ? {} : { clip: { by: 'value', max: value } }),
    ...(ema === null ? {} : { ema }),
  };
}

function positive(cell: CellReader, map: YAMLMap | null, key: string): number | null {
  const node = cell.node(map, key);
  if (node === undefined) return null;
  const value = isScalar(node) ? node.value : null;
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
  cell.error(node, `\`${key}\` expects a number above 0, and got \`${cell.source(node)}\`.`);
  return null;
}

/** `StepLR` with its arguments by name; its step is the optimizer's. */
function readSchedule(cell: CellReader, map: YAMLMap | null): NonNullable<Recipe['schedule']> | null {
  const node = cell.node(map, 'schedule');
  if (node === undefined) return null;
  const written: unknown = isMap(node) ? node.toJSON() : isScalar(node) ? { name: node.value } : null;
  const { name, ...args } = (written ?? {}) as { name?: unknown } & Record<string, Value>;
  if (typeof name !== 'string') {
    cell.error(
      node,
      '`schedule` expects `{name: CosineAnnealingLR, T_max: 300}`: a schedule of `torch.optim.lr_scheduler`.',
    );
    return null;
  }
  const target = `torch.optim.lr_scheduler.${name.replace(/^.*\./, '')}`;
  return boundOrReported(cell, node, { target, args });
}

function boundOrReported(
  cell: CellReader,
  node: unknown,
  schedule: { readonly target: string; readonly args: Values },
) {
  try {
    findScheduler(schedule.target).bind(schedule.args, { lr: 1, momentum: 0.9 });
    return schedule;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    cell.error(node, error.message);
    return null;
  }
}
