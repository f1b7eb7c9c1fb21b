// The workspace's files as each other's neighbors, read when they are first asked for; the shell says which files
// there are and gives their texts. What was found out once may be kept between runs, by the text it was found in.

import { readFacts } from '../facts/facts.ts';
import { Project } from '../facts/project.ts';
import { summarize } from '../facts/summarize.ts';
import type { FileSummary, Neighbors } from '../facts/summary.ts';
import type { PythonParser } from '../python/parser.ts';

export interface WorkspaceFiles {
  /** Paths are relative to the project's folder, with forward slashes. */
  has(path: string): boolean;
  /** null where it cannot be read. */
  text(path: string): string | null;
}

export class Summaries {
  readonly #parser: PythonParser;
  readonly #files: WorkspaceFiles;
  readonly #summaries = new Map<string, FileSummary | null>();
  #project: Project;

  constructor(parser: PythonParser, files: WorkspaceFiles) {
    this.#parser = parser;
    this.#files = files;
    this.#project = this.#connected();
  }

  neighborsOf(path: string): Neighbors {
    return this.#project.neighborsOf(path);
  }

  /** Reads it now, so that nobody waits for it later. */
  prepare(path: string): void {
    this.#summary(path);
  }

  /** Something changed. Summaries hold what they took from others, so one change may reach all of them. */
  forget(): void {
    this.#summaries.clear();
    this.#project = this.#connected();
  }

  #connected(): Project {
    return new Project({ has: (path) => this.#files.has(path), summary: (path) => this.#summary(path) });
  }

  #summary(path: string): FileSummary | null {
    const known = this.#summaries.get(path);
    if (known !== undefined) return known;
    // While it is being read, a file that imports it in turn gets no answer.
    this.#summaries.set(path, null);
    const text = this.#files.text(path);
    const summary = text === null ? null : this.#read(path, text);
    this.#summaries.set(path, summary);
    return summary;
  }

  #read(path: string, text: string): FileSummary {
    const tree = this.#parser.parse(text);
    try {
      return summarize(readFacts(tree, path, { neighbors: this.neighborsOf(path) }));
    } finally {
      tree.dispose();
    }
  }
}
