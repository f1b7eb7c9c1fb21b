// Wrappers for several devices around a model with BatchNorm, where the order or the kind of wrapper leaves
// its statistics apart.

import type { Call } from '../python/tree.ts';
import { excludeEachOther } from './exclusive.ts';
import type { Facts } from './facts.ts';
import type { Handling } from './modes/frame.ts';

export interface Wrapping {
  readonly fault: 'converted-late' | 'one-process' | 'unsynchronized-buffers' | 'apart';
  readonly call: Call;
  /** What was called before, and should not have been. */
  readonly other: Call | null;
  /** Of `apart`: the samples of one process, where that is known. */
  readonly batch: number | null;
}

/** Samples a process needs so that its own statistics are good enough. */
const ENOUGH = 16;

const CONVERT = /\.convert_sync_batchnorm$/;

export function readWrappings(facts: Facts): readonly Wrapping[] {
  const { text } = facts;
  const converts = /\bconvert_sync_batchnorm\b/.test(text);
  if (!/DataParallel\b/.test(text)) return [];
  const unsynchronized = /\bbroadcast_buffers\s*=\s*False/.test(text);
  if (!(converts || unsynchronized)) return /\bDistributedDataParallel\b/.test(text) ? apart(facts) : [];
  const { modes } = facts;
  const wrapped = modes.handlings.filter(({ kind }) => kind === 'wrapped');
  const found: Wrapping[] = [];
  wrapped.forEach((one, i) => {
    const earlier = wrapped
      .slice(0, i)
      .filter(({ place, at }) => place === one.place && !excludeEachOther(at, one.at, facts));
    const wrapping = faultOf(one, earlier);
    if (wrapping && !found.some(({ call }) => call === wrapping.call)) found.push(wrapping);
  });
  return found;
}

/** BatchNorm under the wrapper with nobody to synchronize it, where a process has few samples or nobody knows how many. */
function apart(facts: Facts): readonly Wrapping[] {
  if (/sync_?b(?:atch_?)?n/i.test(facts.text)) return [];
  const wrapped = facts.modes.handlings.filter(
    ({ kind, name, sensitivity }) =>
      kind === 'wrapped' && name.endsWith('.DistributedDataParallel') && sensitivity.batchNorm > 0,
  );
  // Without a loader, how many samples a process has is another file's business.
  const { loaders } = facts.modes;
  if (loaders.length === 0) return [];
  const sizes = loaders.map(({ batchSize, isDefault }) => (isDefault ? null : batchSize));
  const found = wrapped.flatMap(({ at, place }): Wrapping[] => {
    const fed = facts.loops.trainings.flatMap((one) => (one.place === place && one.loader ? [one.loader] : []));
    const [own] = fed.length === 1 && !fed[0]?.isDefault ? fed : [];
    const batch = own?.batchSize ?? null;
    const isEnough = batch === null ? !sizes.includes(null) : batch >= ENOUGH;
    return at.kind !== 'call' || isEnough ? [] : [{ fault: 'apart', call: at, other: null, batch }];
  });
  return found.filter((one, i) => found.findIndex(({ call }) => call === one.call) === i);
}

function faultOf({ at, name, sensitivity }: Handling, earlier: readonly Handling[]): Wrapping | null {
  if (at.kind !== 'call') return null;
  const last = earlier.at(-1);
  const before = last?.at.kind === 'call' ? last.at : null;
  if (CONVERT.test(name))
    return last?.name.endsWith('.DistributedDataParallel') && before
      ? { fault: 'converted-late', call: at, other: before, batch: null }
      : null;
  if (name.endsWith('.DataParallel'))
    return last && CONVERT.test(last.name) ? { fault: 'one-process', call: at, other: before, batch: null } : null;
  const flag = at.args.find((argument) => argument.name === 'broadcast_buffers')?.value;
  const isOff = flag?.kind === 'constant' && flag.value === false;
  const converted = earlier.some((one) => CONVERT.test(one.name));
  return isOff && !converted && sensitivity.batchNorm > 0
    ? { fault: 'unsynchronized-buffers', call: at, other: null, batch: null }
    : null;
}
