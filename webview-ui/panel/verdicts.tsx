// What the run showed, the worst first, each with its numbers and the line to change; below it, what the code
// alone shows.

import type { Severity, Verdict } from '../../src/base/finding.ts';
import type { ViewState } from '../../src/protocol/messages.ts';
import { formatNumber, plural } from '../format.ts';
import { HEALTH_NAMES, HealthIcon, healthOf } from '../icons.tsx';
import { RichText } from '../rich-text.tsx';
import type { Ways } from './header.tsx';

const ORDER: readonly Severity[] = ['error', 'warning', 'information', 'hint'];

export function Verdicts({ view, ways }: { readonly view: ViewState; readonly ways: Ways }) {
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
            <VerdictItem key={`${verdict.rule} ${verdict.layer}`} verdict={verdict} ways={ways} />
          ))}
        </ul>
      )}
      <Findings view={view} ways={ways} />
    </section>
  );
}

/** The worst first. */
export function ranked(verdicts: readonly Verdict[]): readonly Verdict[] {
  return [...verdicts].sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
}

const RUNNING = 'No threshold has been crossed so far; more is judged as the run goes on.';
const NONE = 'Nothing that was judged in this run crossed its threshold.';

export function VerdictItem({ verdict, ways }: { readonly verdict: Verdict; readonly ways: Ways }) {
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
            <button type="button" class="nl-link" onClick={() => ways.reveal(place)}>
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
          <Code rule={verdict.rule} name={verdict.name} ways={ways} />
        </div>
      </div>
    </li>
  );
}

/** The code, which leads to its page. */
function Code({ rule, name, ways }: { readonly rule: string; readonly name: string; readonly ways: Ways }) {
  return (
    <button
      type="button"
      class="nl-link nl-code"
      title={`${name}: what it means`}
      aria-label={`${rule} ${name}: what it means`}
      onClick={() => ways.explain(rule)}
    >
      {rule}
    </button>
  );
}

function Findings({ view, ways }: { readonly view: ViewState; readonly ways: Ways }) {
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
                    onClick={() => ways.reveal({ path, line, column: 1, endLine: line, endColumn: 1 })}
                  >
                    Go to line {line}
                  </button>
                  <Code rule={finding.rule} name={finding.name} ways={ways} />
                </div>
              </div>
            </li>
          );
        })}
      </ul>
    </details>
  );
}
