// Everything that was configured, as layers: what is built in, a configuration file, and what the editor's settings
// or the command line say on top. One function makes a file's settings of them, for the editor and for the command
// line, so the order is the same in both: a comment in the code, then the top layer, then the file, then defaults.

import type { Intent } from '../facts/directives.ts';
import { globMatches } from './globs.ts';
import type { Rule } from './rule.ts';
import { isEnabled, type Level, levelOf, ruleMatches, type Settings } from './settings.ts';

export interface PerFile<T> {
  /** From the folder of the configuration, or from the name alone; globs.ts. */
  readonly pattern: string;
  readonly values: readonly T[];
}

export interface ConfigLayer {
  /** How it is named to people: `pyproject.toml`, `normLab.lint settings`, `command line`. */
  readonly origin: string;
  /** The upper layer's selection replaces the lower one's; everything else is added to it. */
  readonly select: readonly string[] | null;
  readonly extendSelect: readonly string[];
  readonly ignore: readonly string[];
  /** By code or name; the upper layer's word counts. */
  readonly severity: Readonly<Record<string, Level>>;
  readonly perFileIgnores: readonly PerFile<string>[];
  readonly intents: readonly PerFile<Intent>[];
  readonly exclude: readonly string[];
}

/** The lowest layer first. */
export type Config = readonly ConfigLayer[];

export const EMPTY_LAYER: ConfigLayer = {
  origin: '',
  select: null,
  extendSelect: [],
  ignore: [],
  severity: {},
  perFileIgnores: [],
  intents: [],
  exclude: [],
};

/** `path` is relative to the configuration's folder, with forward slashes. null: the file is not to be checked. */
export function settingsFor(config: Config, path: string): Settings | null {
  if (config.some(({ exclude }) => exclude.some((pattern) => globMatches(pattern, path)))) return null;
  const here = <T>(lists: readonly PerFile<T>[]) =>
    lists.flatMap(({ pattern, values }) => (globMatches(pattern, path) ? values : []));
  return {
    select: config.findLast(({ select }) => select !== null)?.select ?? [],
    extendSelect: config.flatMap(({ extendSelect }) => extendSelect),
    ignore: config.flatMap(({ ignore, perFileIgnores }) => [...ignore, ...here(perFileIgnores)]),
    severities: Object.assign({}, ...config.map(({ severity }) => severity)),
    intents: config.flatMap(({ intents }) => here(intents)),
  };
}

type KnownRule = Pick<Rule, 'code' | 'name' | 'severity' | 'optIn'>;

/** What holds for one file, and who said so; for people. */
export function describeConfig(config: Config, path: string, rules: readonly KnownRule[]): string {
  const settings = settingsFor(config, path);
  const origins = config.map(({ origin }) => origin).filter(Boolean);
  const head = [
    `# What holds for ${path}`,
    `# Of lowest to highest precedence: ${['defaults', ...origins, 'comments in the code'].join(' < ')}.`,
    '',
  ];
  if (!settings) {
    const by = config.find(({ exclude }) => exclude.some((pattern) => globMatches(pattern, path)));
    return `${[...head, `This file is not checked: it is excluded by ${by?.origin ?? 'the configuration'}.`].join('\n')}\n`;
  }
  const intents = (settings.intents ?? []).join(', ');
  const width = Math.max(...rules.map(({ name }) => name.length));
  const rows = [...rules]
    .sort((a, b) => (a.code < b.code ? -1 : 1))
    .map((rule) => {
      const level = isEnabled(rule, settings) ? (levelOf(rule, settings) ?? rule.severity) : 'off';
      return `${rule.code}  ${rule.name.padEnd(width)}  ${level.padEnd(11)}  ${reasonOf(rule, config, path)}`;
    });
  return `${[...head, ...(intents ? [`Meant in the whole file: ${intents}.`, ''] : []), ...rows].join('\n')}\n`;
}

/** The layer that has the last word on a rule. */
function reasonOf(rule: KnownRule, config: Config, path: string): string {
  const matches = (selector: string) => ruleMatches(selector, rule);
  const ignoring = config.findLast(
    ({ ignore, perFileIgnores }) =>
      ignore.some(matches) ||
      perFileIgnores.some(({ pattern, values }) => globMatches(pattern, path) && values.some(matches)),
  );
  if (ignoring) return `ignored by ${ignoring.origin}`;
  const leveled = config.findLast(({ severity }) => severity[rule.code] ?? severity[rule.name]);
  if (leveled) return `level by ${leveled.origin}`;
  const selecting = config.findLast(({ select }) => select !== null);
  const adding = config.findLast(({ extendSelect }) => extendSelect.some(matches));
  if (adding) return `selected by ${adding.origin}`;
  if (selecting) return `${selecting.select?.some(matches) ? '' : 'not '}selected by ${selecting.origin}`;
  return rule.optIn ? 'default: only where selected' : 'default';
}
