// Modules whose parameters are averaged or copied from another's while their BatchNorm statistics stay behind,
// and that are then evaluated with those statistics.

import type { Span } from '../base/finding.ts';
import type { For } from '../python/tree.ts';
import type { Facts } from './facts.ts';
import { enclosing } from './loops.ts';
import type { Handling } from './modes/frame.ts';

export interface StaleAverage {
  /** `parameters`: a loop writes them; `swa`: an `AveragedModel` of equal weights. */
  readonly kind: 'parameters' | 'swa';
  /** The loop's iterable, or the forward of the average. */
  readonly span: Span;
  /** The loop that writes the parameters. */
  readonly loop: For | null;
  /** The variable of the loop that is written to. */
  readonly written: string | null;
  /** A forward of the module in eval mode. */
  readonly forward: Span;
}

export function readStaleAverages(facts: Facts): readonly StaleAverage[] {
  const { text } = facts;
  if (/\.(?:named_)?buffers\(|\b_buffers\b|\brunning_mean\b|\bupdate_bn\b|\buse_buffers\s*=\s*True/.test(text))
    return [];
  return [
    ...(/parameters\(\)/.test(text) && /_\(|\.data\s*=/.test(text) && /\.eval\(/.test(text) ? ofLoops(facts) : []),
    ...(/\bAveragedModel\b/.test(text) ? ofSwa(facts) : []),
  ];
}

function ofLoops(facts: Facts): readonly StaleAverage[] {
  const { modes } = facts;
  const found: StaleAverage[] = [];
  for (const one of modes.handlings) {
    if (one.kind !== 'averaged' || one.sensitivity.batchNorm === 0) continue;
    const loop = loopOf(one, facts);
    const forward = evaluated(one.place, facts);
    if (!loop || !forward || found.some((other) => other.loop === loop)) continue;
    const { start, end } = loop.iterable;
    found.push({ kind: 'parameters', span: { start, end }, loop, written: rootOf(one, facts), forward });
  }
  return found;
}

/** The loop over both modules' parameters, in a function that copies nothing else from one to the other. */
function loopOf({ at }: Handling, { module, text }: Facts): For | null {
  const chain = enclosing(module.body, at);
  const loop = chain.findLast((statement) => statement.kind === 'for');
  const around = chain.findLast((statement) => statement.kind === 'function') ?? loop;
  if (loop?.kind !== 'for' || !around || /state_dict/.test(text.slice(around.start, around.end))) return null;
  return loop;
}

function rootOf({ at }: Handling, { text }: Facts): string | null {
  return /^\w+/.exec(text.slice(at.start, at.end))?.[0] ?? null;
}

/** Its first forward, where all of them run in eval mode: statistics of its own it never gathers. */
function evaluated(place: string, { modes }: Facts): Span | null {
  const all = modes.occurrences.filter((one) => one.place === place || one.place.startsWith(`${place}.`));
  const [first] = all;
  if (!first || all.some((one) => one.mode !== 'E')) return null;
  return { start: first.call.start, end: first.call.end };
}

/** Equal averaging leaves the last model's statistics beside the average of the weights. */
function ofSwa({ modes }: Facts): readonly StaleAverage[] {
  const averages = [...modes.objects.all].filter(
    ({ type, origin }) =>
      type === 'torch.optim.swa_utils.AveragedModel' &&
      origin?.args.every(({ name, stars }) => stars === 0 && !/^(?:multi_)?avg_fn$/.test(name ?? '')),
  );
  return averages.flatMap(({ place }): StaleAverage[] => {
    const forward = modes.occurrences.find((one) => one.place === place && !one.trained && one.mode === 'E');
    if (!forward || forward.sensitivity.batchNorm === 0) return [];
    const span = { start: forward.call.start, end: forward.call.end };
    return [{ kind: 'swa', span, loop: null, written: null, forward: span }];
  });
}
