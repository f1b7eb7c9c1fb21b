// Which configuration holds for a file: the nearest `normlab.toml`, or `pyproject.toml` with `[tool.normlab]`, from
// the file's folder up to the one with `.git`, and what the command line says on top of it.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Config, ConfigLayer } from '../analysis/config.ts';
import { CONFIG_FILES, readConfig } from '../analysis/config-text.ts';
import { all as rules } from '../analysis/rules/all.ts';
import type { Finding } from '../base/finding.ts';

export interface FoundConfig {
  readonly config: Config;
  /** What patterns are relative to: the configuration's folder, else the repository's, else where the command runs. */
  readonly root: string;
}

/** A configuration file that cannot be used as it is. */
export interface FaultyConfig {
  readonly file: string;
  readonly text: string;
  readonly problems: readonly Finding[];
}

export class ConfigFiles {
  readonly #cwd: string;
  readonly #top: ConfigLayer;
  readonly #isolated: boolean;
  readonly #found = new Map<string, FoundConfig>();
  readonly #faulty = new Map<string, FaultyConfig>();

  constructor(cwd: string, top: ConfigLayer, isolated: boolean) {
    this.#cwd = cwd;
    this.#top = top;
    this.#isolated = isolated;
  }

  get faulty(): readonly FaultyConfig[] {
    return [...this.#faulty.values()];
  }

  /** For the files of a folder. */
  of(folder: string): FoundConfig {
    const known = this.#found.get(folder);
    if (known) return known;
    const found = this.#isolated ? this.#bare(this.#cwd) : this.#search(folder);
    this.#found.set(folder, found);
    return found;
  }

  #search(folder: string): FoundConfig {
    for (const name of CONFIG_FILES) {
      const file = path.join(folder, name);
      const layer = existsSync(file) ? this.#read(file) : null;
      if (layer) return { config: [layer, this.#top], root: folder };
    }
    const parent = path.dirname(folder);
    if (existsSync(path.join(folder, '.git'))) return this.#bare(folder);
    return parent === folder ? this.#bare(this.#cwd) : this.of(parent);
  }

  #read(file: string): ConfigLayer | null {
    const text = readFileSync(file, 'utf8');
    const shown = path.relative(this.#cwd, file).split(path.sep).join('/');
    const { layer, problems } = readConfig(text, shown, rules);
    if (problems.length > 0) this.#faulty.set(file, { file: shown, text, problems });
    return layer;
  }

  #bare(root: string): FoundConfig {
    return { config: [this.#top], root };
  }
}

/** As patterns see it. */
export function relativeTo(root: string, file: string): string {
  return path.relative(root, file).split(path.sep).join('/');
}
