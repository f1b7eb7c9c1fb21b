import { NO_HINTS, type TrainingHints } from '../base/hints.ts';
import type { Facts } from './facts.ts';

/** What the file says about how its model is built and trained. */
export function readHints(_facts: Facts): TrainingHints {
  return NO_HINTS;
}
