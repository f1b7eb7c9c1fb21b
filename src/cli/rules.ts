// `normlab rules` and `normlab explain`: what can be found, and each rule's page, without a network.

import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';
import type { Command } from 'commander';
import { all as rules } from '../analysis/rules/all.ts';
import { checkSelectors, ruleMatches } from '../analysis/settings.ts';
import { UserError } from '../base/errors.ts';
import { packageVersion } from './version.ts';
import { fromPackage } from './workers.ts';

export function addRules(program: Command): void {
  program
    .command('rules')
    .description('list the rules')
    .option('--format <format>', 'text or json', 'text')
    .action(({ format }: { format: string }) => {
      process.stdout.write(listRules(format));
    });
}

export function addExplain(program: Command): void {
  program
    .command('explain')
    .description('print a rule’s page')
    .argument('<rule>', 'a code or a name')
    .action((wanted: string) => {
      process.stdout.write(explainRule(wanted));
    });
}

export function listRules(format: string): string {
  if (format === 'json') {
    const listed = rules.map(({ code, name, title, severity, summary }) => ({ code, name, title, severity, summary }));
    return `${JSON.stringify({ version: packageVersion(), rules: listed }, null, 2)}\n`;
  }
  if (format !== 'text')
    throw new UserError('rules/format', `Expected the format text or json, and got \`${format}\`.`);
  const width = Math.max(...rules.map((rule) => rule.name.length));
  return rules
    .map(({ code, name, severity, title }) => `${code}  ${name.padEnd(width)}  ${severity.padEnd(11)}  ${title}\n`)
    .join('');
}

/** The page as it was written: Markdown is read well enough in a terminal. */
export function explainRule(wanted: string): string {
  checkSelectors([wanted], rules);
  const rule = rules.find((one) => one.code === wanted.toUpperCase() || one.name === wanted.toLowerCase());
  if (!rule) {
    const several = rules.filter((one) => ruleMatches(wanted, one)).map((one) => one.code);
    throw new UserError(
      'rules/several',
      `Expected one rule, and \`${wanted}\` stands for ${several.join(', ') || 'no page'}.`,
    );
  }
  const pages = [fromPackage('dist', 'pages', `${rule.name}.md`), fromPackage('src', 'analysis', rule.page)];
  const page = pages.find((file) => existsSync(file));
  if (!page)
    throw new UserError(
      'rules/no-page',
      `Expected the page of ${rule.code} under dist/pages and found none; run \`npm run build\`.`,
    );
  return readFileSync(page, 'utf8');
}
