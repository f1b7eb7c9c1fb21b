// What the run showed, the worst first, each with its numbers and the line to change; below it, what the code
// alone shows.

import type { Place, Severity, Verdict } from '../../src/base/finding.ts';
import type { ViewState } from '../../src/protocol/messages.ts';
import { formatNumber, plural } from '../format.ts';
import { HEALTH_NAMES, HealthIcon, healthOf } from '../icons.tsx';
import { RichText } from '../rich-text.tsx';

const ORDER: readonly Severity[] = ['error', 'warning', 'information', 'hint'];

export function Verdicts({ view, reveal }: { readonly view: ViewState; reveal(place: Place): void }) {
  const { verdicts, phase } = view;
  return (
    <section class="nl-section" aria-labelledby="verdicts-title">
      <h2 id="verdicts-title">
        Verdicts <span class="nl-count">{verdicts.length}</span>
      </h2>
      {verdicts.length === 0 ? (
        <p class="nl-quiet">{phase === 'running' ? RUNNING : NONE}</p>
      ) : (
        <ul class="nl-verdicts">
          {ranked(verdicts).map((verdict) => (
            <VerdictItem key={`${verdict.rule} ${verdict.layer}`} verdict={verdict} reveal={reveal} />
          ))}
        </ul>
      )}
      <Findings view={view} reveal={reveal} />
    </section>
  );
}

/** The worst first. */
export function ranked(verdicts: readonly Verdict[]): readonly Verdict[] {
  return [...verdicts].sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
}

const RUNNING = 'No threshold has been crossed so far; more is judged as the run goes on.';
const NONE = 'Nothing that was judged in this run crossed its threshold.';

export function VerdictItem({ verdict, reveal }: { readonly verdict: Verdict; reveal(place: Place): void }) {
  const health = healthOf(verdict.severity);
  const { place } = verdict;
  const numbers = Object.entries(verdict.numbers);
  return (
    <li class={`nl-verdict nl-is-${health}`}>
      <HealthIcon health={health} label={HEALTH_NAMES[health]} />
      <div class="nl-verdict-body">
        <p>
          <RichText text={verdict.message} />
        </p>
        <div class="nl-verdict-foot">
          {place && (
            <button type="button" class="nl-link" onClick={() => reveal(place)}>
              Go to line {place.line}
            </button>
          )}
          {verdict.layer && <code>{verdict.layer}</code>}
          {numbers.length > 0 && (
            <details class="nl-numbers">
              <summary>Numbers</summary>
              <dl>
                {numbers.map(([name, value]) => (
                  <div key={name}>
                    <dt>{name.replaceAll('_', ' ')}</dt>
                    <dd>{formatNumber(value)}</dd>
                  </div>
                ))}
              </dl>
            </details>
          )}
          <span class="nl-code" title={verdict.name}>
            {verdict.rule}
          </span>
        </div>
      </div>
    </li>
  );
}

function Findings({ view, reveal }: { readonly view: ViewState; reveal(place: Place): void }) {
  if (view.findings.length === 0) return null;
  return (
    <details class="nl-findings">
      <summary>{plural(view.findings.length, 'pitfall')} in the code itself</summary>
      <ul class="nl-verdicts">
        {view.findings.map(({ path, line, finding }) => {
          const health = healthOf(finding.severity);
          return (
            <li key={`${path} ${line} ${finding.rule}`} class={`nl-verdict nl-is-${health}`}>
              <HealthIcon health={health} />
              <div class="nl-verdict-body">
                <p>
                  <RichText text={finding.message} />
                </p>
                <div class="nl-verdict-foot">
                  <button
                    type="button"
                    class="nl-link"
                    onClick={() => reveal({ path, line, column: 1, endLine: line, endColumn: 1 })}
                  >
                    Go to line {line}
                  </button>
                  <span class="nl-code" title={finding.name}>
                    {finding.rule}
                  </span>
                </div>
              </div>
            </li>
          );
        })}
      </ul>
    </details>
  );
}
