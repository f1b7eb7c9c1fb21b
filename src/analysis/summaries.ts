// The workspace's files as each other's neighbors, read when they are first asked for; the shell says which files
// there are and gives their texts.

import { type Facts, readFacts } from '../facts/facts.ts';
import { type KnownFile, Project } from '../facts/project.ts';
import { classSummary, functionSummary, outlineOf } from '../facts/summarize.ts';
import type { FileOutline, Neighbors } from '../facts/summary.ts';
import type { PythonParser } from '../python/parser.ts';

export interface WorkspaceFiles {
  /** Paths are relative to the project's folder, with forward slashes. */
  has(path: string): boolean;
  /** null where it cannot be read. */
  text(path: string): string | null;
}

/** Files whose facts are kept for the next question about them. */
const KEPT = 40;

interface Entry {
  readonly outline: FileOutline;
  facts: Facts | null;
  /** A question about it is being answered; another one in between reads the file for itself. */
  isBusy: boolean;
}

export class Summaries {
  readonly #parser: PythonParser;
  readonly #files: WorkspaceFiles;
  readonly #entries = new Map<string, Entry | null>();
  /** Those with facts, the one longest unused first. */
  readonly #kept = new Set<string>();
  #project: Project;

  constructor(parser: PythonParser, files: WorkspaceFiles) {
    this.#parser = parser;
    this.#files = files;
    this.#project = this.#connected();
  }

  neighborsOf(path: string): Neighbors {
    return this.#project.neighborsOf(path);
  }

  /** Reads a file now, in steps, so that nobody waits for it later. */
  *prepare(path: string): Generator<void> {
    const outline = this.#entry(path)?.outline;
    for (const own of outline?.classes ?? []) {
      yield;
      this.#project.classIn(path, own);
    }
    for (const own of outline?.functions ?? []) {
      yield;
      this.#project.functionIn(path, own);
    }
  }

  /** What was found out so far, to be kept for another time; see stored-index.ts for how long it holds. */
  known(): ReadonlyMap<string, KnownFile> {
    return this.#project.known();
  }

  adopt(path: string, known: KnownFile): void {
    this.#project.adopt(path, known);
  }

  /** Something changed. Summaries hold what they took from others, so one change may reach all of them. */
  forget(): void {
    this.#entries.clear();
    this.#kept.clear();
    this.#project = this.#connected();
  }

  #connected(): Project {
    return new Project({
      has: (path) => this.#files.has(path),
      outline: (path) => this.#entry(path)?.outline ?? null,
      classOf: (path, own) => this.#ask(path, (facts) => classSummary(facts, own)),
      functionOf: (path, own) => this.#ask(path, (facts) => functionSummary(facts, own)),
      drop: (path) => this.#drop(path),
    });
  }

  #ask<T>(path: string, question: (facts: Facts) => T | null): T | null {
    const entry = this.#entry(path);
    if (!entry) return null;
    if (entry.isBusy) {
      const facts = this.#read(path);
      return facts && question(facts);
    }
    entry.facts ??= this.#read(path);
    this.#keep(path);
    entry.isBusy = true;
    try {
      return entry.facts && question(entry.facts);
    } finally {
      entry.isBusy = false;
    }
  }

  #entry(path: string): Entry | null {
    const known = this.#entries.get(path);
    if (known !== undefined) return known;
    const facts = this.#read(path);
    const entry: Entry | null = facts && { outline: outlineOf(facts), facts, isBusy: false };
    this.#entries.set(path, entry);
    if (entry) this.#keep(path);
    return entry;
  }

  #keep(path: string): void {
    this.#kept.delete(path);
    this.#kept.add(path);
    for (const oldest of this.#kept) {
      if (this.#kept.size <= KEPT) break;
      this.#drop(oldest);
    }
  }

  #drop(path: string): void {
    const entry = this.#entries.get(path);
    if (entry) entry.facts = null;
    this.#kept.delete(path);
  }

  #read(path: string): Facts | null {
    const text = this.#files.text(path);
    if (text === null) return null;
    const tree = this.#parser.parse(text);
    try {
      return readFacts(tree, path, { neighbors: this.neighborsOf(path) });
    } finally {
      tree.dispose();
    }
  }
}
