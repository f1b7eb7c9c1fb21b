// What the analyzer needs beside its bundle: the parser's runtime, the grammar, and the rules' pages.

import { copyFile, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const PAGES = 'src/analysis/rules';

export async function build(out) {
  await mkdir(path.join(out, 'pages'), { recursive: true });
  const pages = (await readdir(path.join(root, PAGES))).filter((file) => file.endsWith('.md'));
  const files = [
    ['node_modules/web-tree-sitter/web-tree-sitter.wasm', 'web-tree-sitter.wasm'],
    ['node_modules/tree-sitter-python/tree-sitter-python.wasm', 'tree-sitter-python.wasm'],
    ...pages.map((page) => [`${PAGES}/${page}`, `pages/${page}`]),
  ];
  await Promise.all(files.map(([from, to]) => copyFile(path.join(root, from), path.join(out, to))));
}
