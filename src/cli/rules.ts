// `normlab rules` and `normlab explain`: what can be found and what can be measured, and each one's page, without
// a network.

import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';
import type { Command } from 'commander';
import { all as rules } from '../analysis/rules/all.ts';
import { checkSelectors, ruleMatches } from '../analysis/settings.ts';
import { UserError } from '../base/errors.ts';
import { all as verdicts } from '../lab/verdicts/all.ts';
import { packageVersion } from './version.ts';
import { fromPackage } from './workers.ts';

export function addRules(program: Command): void {
  program
    .command('rules')
    .description('list the rules and the verdicts')
    .option('--format <format>', 'text or json', 'text')
    .action(({ format }: { format: string }) => {
      process.stdout.write(listRules(format));
    });
}

export function addExplain(program: Command): void {
  program
    .command('explain')
    .description('print the page of a rule or a verdict')
    .argument('<rule>', 'a code or a name')
    .action((wanted: string) => {
      process.stdout.write(explainRule(wanted));
    });
}

/** Verdicts that no rule shares a code with: known only by measuring. */
const measured = verdicts.filter(({ code }) => rules.every((rule) => rule.code !== code));

export function listRules(format: string): string {
  if (format === 'json') {
    const listed = rules.map(({ code, name, title, severity, summary }) => ({ code, name, title, severity, summary }));
    const others = measured.map(({ code, name, title }) => ({ code, name, title }));
    return `${JSON.stringify({ version: packageVersion(), rules: listed, verdicts: others }, null, 2)}\n`;
  }
  if (format !== 'text')
    throw new UserError('rules/format', `Expected the format text or json, and got \`${format}\`.`);
  const rows = [...rules, ...measured.map((one) => ({ ...one, severity: 'measured' }))];
  const width = Math.max(...rows.map((row) => row.name.length));
  return [...rows]
    .sort((a, b) => (a.code < b.code ? -1 : 1))
    .map(({ code, name, severity, title }) => `${code}  ${name.padEnd(width)}  ${severity.padEnd(11)}  ${title}\n`)
    .join('');
}

/** The page as it was written: Markdown is read well enough in a terminal. */
export function explainRule(wanted: string): string {
  const isWanted = ({ code, name }: { readonly code: string; readonly name: string }) =>
    code === wanted.toUpperCase() || name === wanted.toLowerCase();
  const rule = rules.find(isWanted);
  if (rule) return readPage(rule.code, rule.name, 'src/analysis/rules');
  const verdict = measured.find(isWanted);
  if (verdict) return readPage(verdict.code, verdict.name, 'src/lab/verdicts');
  checkSelectors([wanted], rules);
  const several = rules.filter((one) => ruleMatches(wanted, one)).map(({ code }) => code);
  throw new UserError(
    'rules/several',
    `Expected one rule, and \`${wanted}\` stands for ${several.join(', ') || 'no page'}.`,
  );
}

function readPage(code: string, name: string, source: string): string {
  const page = [fromPackage('dist', 'pages', `${name}.md`), fromPackage(source, `${name}.md`)].find((file) =>
    existsSync(file),
  );
  if (!page)
    throw new UserError(
      'rules/no-page',
      `Expected the page of ${code} under dist/pages and found none; run \`npm run build\`.`,
    );
  return readFileSync(page, 'utf8');
}
