// `normlab.toml`, or `[tool.normlab]` of a `pyproject.toml`, as a layer of configuration. What is wrong in it is said
// with its place, what was expected and what was found; what is right is used all the same.

import { parse, TomlError } from 'smol-toml';
import type { Finding, Span } from '../base/finding.ts';
import { LineMap } from '../base/text.ts';
import { INTENTS, type Intent } from '../facts/directives.ts';
import { type ConfigLayer, EMPTY_LAYER, type PerFile } from './config.ts';
import type { Rule } from './rule.ts';
import { INVALID_CONFIGURATION, type Level, nearest, selectorProblem } from './settings.ts';

/** In this order in one folder. */
export const CONFIG_FILES = ['normlab.toml', 'pyproject.toml'] as const;

export interface ReadConfig {
  /** null: a pyproject.toml without a word to us. */
  readonly layer: ConfigLayer | null;
  readonly problems: readonly Finding[];
}

const KEYS = ['select', 'extend-select', 'ignore', 'exclude', 'severity', 'per-file-ignores', 'intents'] as const;
const LEVELS: Readonly<Record<string, Level>> = {
  off: 'off',
  hint: 'hint',
  info: 'information',
  information: 'information',
  warning: 'warning',
  error: 'error',
};

/** `origin` is how the file is named to people; its name says which of the two it is. */
export function readConfig(text: string, origin: string, rules: readonly Pick<Rule, 'code' | 'name'>[]): ReadConfig {
  const isOwn = /(?:^|[/\\])normlab\.toml$/.test(origin);
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    if (!isOwn && !text.includes('tool.normlab')) return { layer: null, problems: [] };
    const start = new LineMap(text).offset({ line: error.line, column: error.column });
    const what = error.message.split('\n')[0]?.replace(/^Invalid TOML document: /, '') ?? '';
    const message = `Expected TOML, and here it is not: ${what}. Nothing in this file is used until it is.`;
    return { layer: null, problems: [problem({ start, end: start + 1 }, message)] };
  }
  const section = isOwn ? document : at(document, 'tool', 'normlab');
  if (section === undefined) return { layer: null, problems: [] };
  return new SectionReader(text, isOwn ? '' : 'tool.normlab', origin, rules).read(section);
}

function at(value: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>((inner, key) => (isTable(inner) ? inner[key] : undefined), value);
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function problem(span: Span, message: string): Finding {
  const { code, name } = INVALID_CONFIGURATION;
  return { rule: code, name, span, severity: 'error', confidence: 'definite', message, related: [] };
}

class SectionReader {
  readonly #text: string;
  readonly #header: string;
  readonly #origin: string;
  readonly #rules: readonly Pick<Rule, 'code' | 'name'>[];
  readonly #problems: Finding[] = [];

  constructor(text: string, header: string, origin: string, rules: readonly Pick<Rule, 'code' | 'name'>[]) {
    this.#text = text;
    this.#header = header;
    this.#origin = origin;
    this.#rules = rules;
  }

  read(section: unknown): ReadConfig {
    if (!isTable(section)) {
      this.#complain([], null, `Expected a table, and got ${spelled(section)}.`);
      return { layer: null, problems: this.#problems };
    }
    for (const key of Object.keys(section))
      if (!KEYS.some((known) => known === key))
        this.#complain(
          [key],
          null,
          `Expected one of ${KEYS.map(ticked).join(', ')}, and got ${ticked(key)}; did you mean ${ticked(nearest(key, KEYS))}?`,
        );
    const select = this.#selectors(section['select'], ['select']);
    if (section['select'] !== undefined && select.length === 0 && this.#problems.length === 0)
      this.#complain(
        ['select'],
        null,
        'Expected at least one rule, and got none; `exclude` files, or `ignore = ["ALL"]`, to switch checking off.',
      );
    const layer: ConfigLayer = {
      ...EMPTY_LAYER,
      origin: this.#origin,
      select: select.length > 0 ? select : null,
      extendSelect: this.#selectors(section['extend-select'], ['extend-select']),
      ignore: this.#selectors(section['ignore'], ['ignore']),
      exclude: this.#patterns(section['exclude'], ['exclude']),
      severity: this.#severity(section['severity']),
      perFileIgnores: this.#perFile(section['per-file-ignores'], 'per-file-ignores', (value, path) =>
        this.#selectors(value, path),
      ),
      intents: this.#perFile(section['intents'], 'intents', (value, path) => this.#intents(value, path)),
    };
    return { layer, problems: this.#problems };
  }

  #strings(value: unknown, path: readonly string[], what: string): readonly string[] {
    if (value === undefined) return [];
    if (!Array.isArray(value)) {
      this.#complain(path, null, `Expected a list of ${what}, as in \`["…"]\`, and got ${spelled(value)}.`);
      return [];
    }
    return value.flatMap((item: unknown) => {
      if (typeof item === 'string') return [item];
      this.#complain(path, null, `Expected a list of ${what}, and one of them is ${spelled(item)}.`);
      return [];
    });
  }

  #selectors(value: unknown, path: readonly string[]): readonly string[] {
    return this.#strings(value, path, 'rules').filter((selector) => {
      const wrong = selectorProblem(selector, this.#rules);
      if (wrong) this.#complain(path, selector, wrong);
      return !wrong;
    });
  }

  #patterns(value: unknown, path: readonly string[]): readonly string[] {
    return this.#strings(value, path, 'path patterns').filter((pattern) => {
      const wrong = pattern.trim() === '' || pattern.startsWith('!');
      if (wrong)
        this.#complain(path, pattern, `Expected a path pattern such as \`legacy/**\`, and got ${ticked(pattern)}.`);
      return !wrong;
    });
  }

  #severity(value: unknown): Readonly<Record<string, Level>> {
    const levels: Record<string, Level> = {};
    for (const [selector, level] of Object.entries(this.#table(value, 'severity'))) {
      const rule = this.#rules.find(
        ({ code, name }) => code === selector.toUpperCase() || name === selector.toLowerCase(),
      );
      const known = typeof level === 'string' ? LEVELS[level] : undefined;
      if (!rule) {
        const words = this.#rules.flatMap(({ code, name }) => [code, name]);
        this.#complain(
          ['severity', selector],
          null,
          `Expected a rule's code or name, and got ${ticked(selector)}; did you mean ${ticked(nearest(selector, words))}?`,
        );
      } else if (!known) {
        this.#complain(
          ['severity', selector],
          null,
          `Expected ${Object.keys(LEVELS).map(ticked).join(', ')}, and got ${spelled(level)}.`,
        );
      } else levels[rule.code] = known;
    }
    return levels;
  }

  #perFile<T>(
    value: unknown,
    key: string,
    read: (value: unknown, path: readonly string[]) => readonly T[],
  ): readonly PerFile<T>[] {
    return Object.entries(this.#table(value, key)).map(([pattern, values]) => ({
      pattern,
      values: read(values, [key, pattern]),
    }));
  }

  #intents(value: unknown, path: readonly string[]): readonly Intent[] {
    return this.#strings(value, path, 'intents').flatMap((name) => {
      const known = INTENTS.find((intent) => intent === name);
      if (!known) this.#complain(path, name, `Expected ${INTENTS.map(ticked).join(', ')}, and got ${ticked(name)}.`);
      return known ?? [];
    });
  }

  #table(value: unknown, key: string): Readonly<Record<string, unknown>> {
    if (value === undefined) return {};
    if (isTable(value)) return value;
    this.#complain(
      [key],
      null,
      `Expected a table \`[${[this.#header, key].filter(Boolean).join('.')}]\`, and got ${spelled(value)}.`,
    );
    return {};
  }

  #complain(path: readonly string[], item: string | null, message: string): void {
    this.#problems.push(problem(placeOf(this.#text, this.#header, path, item), message));
  }
}

/** The key, or an item of its value; where a key is spelled in a way that is not foreseen here, its table. */
function placeOf(text: string, header: string, path: readonly string[], item: string | null): Span {
  const key = path.at(-1);
  const tables = [[header, ...path.slice(0, -1)], [header]].map((parts) => parts.filter(Boolean).join('.'));
  const from = tables.map((table) => tableStart(text, table)).find((start) => start !== -1) ?? 0;
  const line = /.*/.exec(text.slice(from))?.[0] ?? '';
  const whole = { start: from, end: from + line.length };
  if (key === undefined) return whole;
  const found = new RegExp(`(?:^|[\\n{,.])[ \\t]*(["']?)${escaped(key)}\\1(?=[ \\t]*[=.\\]])`).exec(text.slice(from));
  if (!found) return whole;
  const start = from + found.index + found[0].length - key.length - (found[1]?.length ?? 0);
  if (item === null) return { start, end: start + key.length };
  const value = new RegExp(`["']${escaped(item)}["']`).exec(text.slice(start));
  return value
    ? { start: start + value.index + 1, end: start + value.index + 1 + item.length }
    : { start, end: start + key.length };
}

function tableStart(text: string, table: string): number {
  if (table === '') return 0;
  const found = new RegExp(`^[ \\t]*\\[[ \\t]*${escaped(table)}[ \\t]*\\]`, 'm').exec(text);
  return found ? found.index : -1;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function ticked(text: string): string {
  return `\`${text}\``;
}

function spelled(value: unknown): string {
  return isTable(value) ? 'a table' : Array.isArray(value) ? 'a list' : ticked(JSON.stringify(value) ?? String(value));
}
