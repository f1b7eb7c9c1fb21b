// Trainings of a module that its loader returned in eval mode and that nothing has switched since.

import type { Span } from '../base/finding.ts';
import type { Statement } from '../python/tree.ts';
import type { Facts } from './facts.ts';

export interface EvalStart {
  /** `from_pretrained`, as the code spells the call. */
  readonly loader: string;
  readonly made: Span;
  readonly receiver: string;
  readonly forward: Span;
  /** What `train()` belongs before. */
  readonly region: Statement;
  /** It is known to have Dropout. */
  readonly dropsOut: boolean;
}

export function readEvalStarts(facts: Facts): readonly EvalStart[] {
  const { modes, loops } = facts;
  const found: EvalStart[] = [];
  for (const training of loops.trainings) {
    const { call, place, receiver, region } = training;
    const info = modes.objects.get(place);
    const all = modes.occurrences.filter((one) => one.trained && one.place === place && one.gradOff !== 'yes');
    const untouched = all.every((one) => one.mode === 'E' && !one.explicit && one.frozen.length === 0);
    if (!receiver || !region || !info?.origin || !info.type || all.length === 0 || !untouched) continue;
    if (found.some(({ made }) => made.start === info.origin?.start)) continue;
    const { callee, start, end } = info.origin;
    found.push({
      loader: facts.text.slice(callee.start, callee.end),
      made: { start, end },
      receiver,
      forward: { start: call.start, end: call.end },
      region,
      dropsOut: DROPPING.test(info.type),
    });
  }
  return found;
}

/** Models whose configuration has Dropout above zero unless it says otherwise. */
const DROPPING =
  /^transformers\.(?:TF)?(?:Bert|Roberta|XLMRoberta|DistilBert|Albert|Electra|Deberta|DebertaV2|GPT2|OpenAIGPT|T5|MT5|Bart|MBart|Pegasus|Marian|Longformer|BigBird|MPNet|Camembert|XLNet|Wav2Vec2|Hubert)[A-Z]?\w*\.from_pretrained$/;
