// The files a check may follow imports into: those below the project's folder, read when they are asked for.

import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { Summaries } from '../analysis/summaries.ts';
import type { PythonParser } from '../python/parser.ts';

const MAX_BYTES = 1 << 20;

/** One for each project folder, so that a file is read once however many files import it. */
export class Workspaces {
  readonly #parser: PythonParser;
  readonly #byRoot = new Map<string, Summaries>();

  constructor(parser: PythonParser) {
    this.#parser = parser;
  }

  of(root: string): Summaries {
    const known = this.#byRoot.get(root);
    if (known) return known;
    const sizes = new Map<string, number | null>();
    const sizeOf = (file: string): number | null => {
      let size = sizes.get(file);
      if (size === undefined) {
        const stat = statSync(path.join(root, file), { throwIfNoEntry: false });
        size = stat?.isFile() ? stat.size : null;
        sizes.set(file, size);
      }
      return size;
    };
    const made = new Summaries(this.#parser, {
      has: (file) => sizeOf(file) !== null,
      text: (file) =>
        (sizeOf(file) ?? MAX_BYTES + 1) <= MAX_BYTES ? readFileSync(path.join(root, file), 'utf8') : null,
    });
    this.#byRoot.set(root, made);
    return made;
  }
}
