// Wrappers for several devices around a model with BatchNorm, where the order or the kind of wrapper leaves
// its statistics apart.

import type { Call } from '../python/tree.ts';
import type { Facts } from './facts.ts';
import type { Handling } from './mode-frame.ts';

export interface Wrapping {
  readonly fault: 'converted-late' | 'one-process' | 'unsynchronized-buffers';
  readonly call: Call;
  /** What was called before, and should not have been. */
  readonly other: Call | null;
}

const CONVERT = /\.convert_sync_batchnorm$/;

export function readWrappings(facts: Facts): readonly Wrapping[] {
  const { text } = facts;
  const converts = /\bconvert_sync_batchnorm\b/.test(text);
  if (!/DataParallel\b/.test(text) || !(converts || /\bbroadcast_buffers\s*=\s*False/.test(text))) return [];
  const { modes } = facts;
  const wrapped = modes.handlings.filter(({ kind }) => kind === 'wrapped');
  const found: Wrapping[] = [];
  wrapped.forEach((one, i) => {
    const earlier = wrapped.slice(0, i).filter(({ place }) => place === one.place);
    const wrapping = faultOf(one, earlier);
    if (wrapping && !found.some(({ call }) => call === wrapping.call)) found.push(wrapping);
  });
  return found;
}

function faultOf({ at, name, sensitivity }: Handling, earlier: readonly Handling[]): Wrapping | null {
  if (at.kind !== 'call') return null;
  const last = earlier.at(-1);
  const before = last?.at.kind === 'call' ? last.at : null;
  if (CONVERT.test(name))
    return last?.name.endsWith('.DistributedDataParallel') && before
      ? { fault: 'converted-late', call: at, other: before }
      : null;
  if (name.endsWith('.DataParallel'))
    return last && CONVERT.test(last.name) ? { fault: 'one-process', call: at, other: before } : null;
  const flag = at.args.find((argument) => argument.name === 'broadcast_buffers')?.value;
  const isOff = flag?.kind === 'constant' && flag.value === false;
  const converted = earlier.some((one) => CONVERT.test(one.name));
  return isOff && !converted && sensitivity.batchNorm > 0
    ? { fault: 'unsynchronized-buffers', call: at, other: null }
    : null;
}
