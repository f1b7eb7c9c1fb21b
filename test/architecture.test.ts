// The house's own rules, as tests: what is generated is current, every page is whole, cores are pure, and
// the tool that checks the layers really sees them.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import type { ICruiseResult } from 'dependency-cruiser';
import { generate } from '../tools/generate.ts';

const root = path.resolve(import.meta.dirname, '..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

/** Paths below `folder` with one of the endings, relative to the root. */
function filesBelow(folder: string, ...endings: string[]): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => path.join(folder, file))
    .filter((file) => endings.some((ending) => file.endsWith(ending)))
    .sort();
}

/** What dependency-cruiser says of `folders` under the project's table, as seen from `cwd`. */
function layers(cwd: string, ...folders: string[]): ICruiseResult {
  const tool = path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const config = path.join(root, '.dependency-cruiser.cjs');
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [tool, ...folders, '--config', config, '--output-type', 'json'],
    {
      cwd,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    },
  );
  assert.ok(stdout, stderr);
  return JSON.parse(stdout);
}

suite('the house', () => {
  test('generated files are current', async () => {
    assert.deepEqual(await generate(true), []);
  });

  for (const [folder, headings] of [
    ['src/analysis/rules', ['Flagged', 'Fixed', 'Not flagged', 'When to allow it']],
    ['src/lab/verdicts', []],
    ['src/lab/experiments', []],
  ] as const) {
    test(`everything in ${folder} has its page, and every page its thing`, () => {
      const things = filesBelow(folder, '.ts').filter((file) => /^export default /m.test(read(file)));
      assert.ok(things.length > 0);
      for (const thing of things) {
        const page = read(thing.replace(/\.ts$/, '.md'));
        for (const heading of headings)
          assert.match(page, new RegExp(`^## ${heading}$`, 'm'), `${thing} lacks ${heading}`);
      }
      for (const page of filesBelow(folder, '.md'))
        assert.ok(existsSync(path.join(root, page.replace(/\.md$/, '.ts'))), page);
    });
  }

  test('cores have no clock and no dice', () => {
    const cores = [
      'base',
      'torch',
      'python',
      'facts',
      'analysis',
      'graph',
      'reader',
      'engine',
      'lab',
      'train',
      'protocol',
    ];
    for (const file of cores.flatMap((core) => filesBelow(`src/${core}`, '.ts')))
      assert.doesNotMatch(read(file), /\b(Date\.now|new Date|Math\.random)\b/, file);
  });

  test('nothing names a machine’s folders', () => {
    const files = ['src', 'webview-ui', 'tools', 'docs', 'examples', 'bin'].flatMap((folder) =>
      filesBelow(folder, '.ts', '.tsx', '.mjs', '.md', '.py', '.json'),
    );
    for (const file of [...files, 'README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'package.json'])
      assert.doesNotMatch(read(file), /(^|[\s"'`(=])\/(work|root|home\/\w+)\//, file);
  });

  test('no file is too long to be read at once', () => {
    // Kernels for the machine are left out: unrolled loops are long and simple.
    const files = [...filesBelow('src', '.ts', '.py'), ...filesBelow('webview-ui', '.ts', '.tsx')].filter(
      (file) => !file.includes('/wasm/assembly/'),
    );
    for (const file of files) assert.ok(read(file).split('\n').length <= 400, `${file} is longer than 400 lines`);
  });

  test('what ships was decided on', () => {
    const pages = ['0008-runtime-dependencies', '0016-toml-is-read-by-a-library'];
    const decided = pages.flatMap((page) =>
      [...read(`docs/adr/${page}.md`).matchAll(/`([@a-z][\w./-]*)`/g)].map((match) => match[1]),
    );
    for (const name of Object.keys(JSON.parse(read('package.json')).dependencies))
      assert.ok(decided.includes(name), name);
  });

  test('every recorded oracle and golden is used by a test', () => {
    const tests = ['torch', 'graph', 'facts', 'engine', 'reader', 'train', 'lab', 'base']
      .filter((area) => existsSync(path.join(root, 'test', area)))
      .flatMap((area) => filesBelow(`test/${area}`, '.ts'))
      .map(read)
      .join('\n');
    for (const file of filesBelow('test/oracle', '.json')) {
      const folder = path.relative('test/oracle', path.dirname(file));
      const named = tests.includes(path.basename(file)) || tests.includes(path.basename(file, '.json'));
      assert.ok(named || tests.includes(folder === '' ? 'oracle' : folder), `${file} is read by no test`);
    }
  });
});

suite('the import table', function () {
  // The tool reads every file of the house; that takes its time on a busy machine.
  this.timeout(120_000);

  test('covers every source file, so that no violation can hide', () => {
    const { modules, summary } = layers(root, 'src', 'webview-ui');
    const seen = new Set(modules.map(({ source }) => source));
    const sources = [...filesBelow('src', '.ts'), ...filesBelow('webview-ui', '.ts', '.tsx')].filter(
      (file) => !file.endsWith('.d.ts') && !file.includes('/kernels/wasm/assembly/'),
    );
    assert.deepEqual(
      sources.filter((file) => !seen.has(file)),
      [],
    );
    assert.deepEqual(
      summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`),
      [],
    );
  });

  test('catches planted faults, through a third file too', () => {
    const { summary } = layers(path.join(root, 'test/fixtures/layers'), 'src');
    const found = new Set(summary.violations.map(({ rule }) => rule.name));
    for (const rule of [
      'cores-are-pure',
      'lab-imports',
      'engine-imports',
      'the-editor-never-trains',
      'the-trainer-never-parses',
    ])
      assert.ok(found.has(rule), `${rule} caught nothing; found ${[...found].join(', ')}`);
  });
});
