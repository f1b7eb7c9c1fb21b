// Everything that ships: bundles, kernels, the interpreter's files. `node esbuild.mjs [--watch] [--minify]`.
// One table of bundles; each kind of asset is made by one file under tools/ and skipped when it is current.

import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import process from 'node:process';
import esbuild from 'esbuild';

const watch = process.argv.includes('--watch');
const minify = process.argv.includes('--minify') || !watch;

/** Loaded by the extension host, which wants CommonJS; libraries that ask where they are still hear it. */
const host = {
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  external: ['vscode'],
  define: { 'import.meta.url': '__filenameUrl' },
  banner: { js: "const __filenameUrl = require('node:url').pathToFileURL(__filename).href;" },
};
/** Workers and the command line, in Node. */
const node = {
  platform: 'node',
  format: 'esm',
  target: 'node20',
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
};
const browser = {
  platform: 'browser',
  format: 'esm',
  target: 'chrome120',
  jsx: 'automatic',
  jsxImportSource: 'preact',
};

const bundles = [
  { entry: 'src/extension.ts', out: 'dist/extension.cjs', ...host },
  { entry: 'src/host/language.ts', out: 'dist/language.cjs', ...host },
  { entry: 'src/host/lab/cores.ts', out: 'dist/lab.cjs', ...host },
  { entry: 'src/host/models/parts.ts', out: 'dist/models.cjs', ...host },
  { entry: 'src/worker/engine.ts', out: 'dist/engine-worker.mjs', ...node },
  { entry: 'src/worker/engine-thread.ts', out: 'dist/engine-thread.mjs', ...node },
  { entry: 'src/worker/reader.ts', out: 'dist/reader-worker.mjs', ...node },
  { entry: 'src/cli/main.ts', out: 'dist/cli.mjs', ...node },
  { entry: 'webview-ui/panel/main.tsx', out: 'dist/panel.js', ...browser },
  { entry: 'webview-ui/renderer/main.tsx', out: 'dist/renderer.js', ...browser },
];

/** Each exports `build(outDirectory)`; see the file. */
const assets = ['tools/build-kernels.mjs', 'tools/build-python.mjs', 'tools/build-assets.mjs'];

async function buildBundle({ entry, out, ...options }) {
  const settings = {
    ...options,
    entryPoints: [entry],
    outfile: out,
    bundle: true,
    minify,
    sourcemap: watch ? 'linked' : false,
    metafile: true,
    logLevel: 'warning',
    legalComments: 'none',
    loader: { '.md': 'text', '.css': 'text' },
  };
  if (watch) {
    const context = await esbuild.context(settings);
    await context.watch();
    return null;
  }
  const { metafile } = await esbuild.build(settings);
  return metafile;
}

for (const asset of assets) {
  if (existsSync(asset)) await (await import(`./${asset}`)).build('dist');
}
const metafiles = {};
for (const bundle of bundles) {
  if (existsSync(bundle.entry)) metafiles[bundle.out] = await buildBundle(bundle);
}
if (!watch) await writeFile('dist/meta.json', JSON.stringify(metafiles));
