import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { UserError } from '../../src/base/errors.ts';
import { type CheckOptions, check } from '../../src/cli/check.ts';
import { showConfig } from '../../src/cli/config.ts';
import type { Report } from '../../src/cli/reporters/report.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const FAULTY = readFileSync(path.join(ROOT, 'examples/simple_net.py'), 'utf8');
const DEFAULTS: CheckOptions = { format: 'json', select: [], ignore: [], cache: false };

suite('normlab check, with configuration and beside other tools', () => {
  let folder: string;

  setup(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'normlab-'));
    write('net.py', FAULTY);
  });

  teardown(() => rmSync(folder, { recursive: true, force: true }));

  const run = (options: Partial<CheckOptions> = {}, paths = ['.']) =>
    check(paths, { ...DEFAULTS, ...options }, folder, false);
  const report = async (options: Partial<CheckOptions> = {}, paths = ['.']): Promise<Report> =>
    JSON.parse((await run({ ...options, format: 'json' }, paths)).output);
  const codes = async (options: Partial<CheckOptions> = {}, paths = ['.']) =>
    (await report(options, paths)).findings.map(({ path: file, rule }) => `${file} ${rule}`);
  const refusedWith = (code: string) => (error: unknown) => error instanceof UserError && error.code === code;

  function write(name: string, text: string): void {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }

  const read = (name: string) => readFileSync(path.join(folder, name), 'utf8');

  test('the nearest configuration holds, and normlab.toml before pyproject.toml', async () => {
    write('.git/HEAD', '');
    write('pyproject.toml', '[tool.normlab]\nselect = ["NL504"]\n');
    write('a/net.py', FAULTY);
    write('a/normlab.toml', 'select = ["NL101"]\n');
    write('a/pyproject.toml', '[tool.normlab]\nselect = ["NL201"]\n');
    write('a/b/net.py', FAULTY);
    write('a/b/pyproject.toml', '[tool.other]\n');
    assert.deepEqual(await codes(), ['a/b/net.py NL101', 'a/net.py NL101', 'net.py NL504']);
    assert.deepEqual(await codes({ isolated: true }, ['net.py']), ['net.py NL504', 'net.py NL101', 'net.py NL201']);
    assert.deepEqual(await codes({ select: ['NL2'] }, ['a']), ['a/b/net.py NL201', 'a/net.py NL201']);
  });

  test('a file’s own patterns are relative to its folder', async () => {
    write(
      'normlab.toml',
      'exclude = ["old/"]\n[per-file-ignores]\n"new/*.py" = ["NL504"]\n[intents]\n"new/" = ["tta"]\n',
    );
    write('old/net.py', FAULTY);
    write('new/net.py', FAULTY);
    assert.deepEqual(await codes({}, ['old', 'new']), ['new/net.py NL201']);
  });

  test('what is wrong in a configuration is a finding there, and the rest is checked', async () => {
    write('normlab.toml', 'ignore = ["NL504", "NL9999"]\n');
    const { findings } = await report();
    assert.deepEqual(
      findings.map(({ path: file, rule, line, column }) => [file, rule, line, column]),
      [
        ['normlab.toml', 'NL001', 1, 21],
        ['net.py', 'NL101', 41, 32],
        ['net.py', 'NL201', 47, 55],
      ],
    );
    const { output } = await run({ format: 'text' });
    assert.match(output, /ignore = \["NL504", "NL9999"\]\n +\| {21}\^{6}\n/);
  });

  test('config says what holds for a file, and what is wrong', () => {
    write('normlab.toml', 'ignore = ["NL504", "NL9999"]\n');
    const text = showConfig('net.py', folder);
    assert.match(text, /^# normlab\.toml: Expected a rule's code.*`NL9999`/);
    assert.match(text, /^NL504 .* off +ignored by normlab\.toml$/m);
    assert.throws(() => showConfig('none.py', folder), refusedWith('config/no-file'));
  });

  test('--diff changes nothing, and git takes what it prints', async () => {
    const { output, code } = await run({ diff: true, unsafeFixes: true });
    assert.equal(code, 1);
    assert.equal(read('net.py'), FAULTY);
    writeFileSync(path.join(folder, 'fixes.patch'), output);
    execFileSync('git', ['init', '-q'], { cwd: folder });
    execFileSync('git', ['apply', 'fixes.patch'], { cwd: folder });
    const mended = read('net.py');
    write('net.py', FAULTY);
    await run({ unsafeFixes: true });
    assert.equal(mended, read('net.py'));
    assert.deepEqual(await run({ diff: true, unsafeFixes: true }), { output: '', code: 0 });
  });

  test('a baseline knows its findings when lines move, and says what is gone', async () => {
    assert.deepEqual(await run({ writeBaseline: 'base.json' }), {
      output: '3 findings written to base.json.\n',
      code: 0,
    });
    write('net.py', `# One line more.\n\n${FAULTY}`);
    assert.equal((await run({ baseline: 'base.json' })).code, 0);
    write('net.py', FAULTY.replace('0.1)', '0.2)').replace('batch_size=5,', 'batch_size=64,'));
    const { output, code } = await run({ baseline: 'base.json', format: 'text' });
    assert.equal(code, 1);
    assert.match(output, /NL504/);
    assert.match(output, /1 finding in 1 file.*\n1 known from the baseline\.\n2 in the baseline are no longer there/);
  });

  test('a baseline that is not there or is something else is refused', async () => {
    await assert.rejects(run({ baseline: 'none.json' }), refusedWith('baseline/no-file'));
    write('base.json', '[1]');
    await assert.rejects(run({ baseline: 'base.json' }), refusedWith('baseline/unreadable'));
    write('base.json', '{');
    await assert.rejects(run({ baseline: 'base.json' }), refusedWith('baseline/unreadable'));
  });

  test('--add-noqa marks every line once, and what is marked is silent', async () => {
    const { output } = await run({ addNoqa: true, format: 'text' });
    assert.match(output, /no findings in 1 file\.\n3 lines marked/);
    assert.match(read('net.py'), /constant_\(self\.fc1\.weight, 0\.1\) {2}# noqa: NL504\n/);
    const marked = read('net.py');
    await run({ addNoqa: true });
    assert.equal(read('net.py'), marked);
    write('net.py', FAULTY.replace('0.1)', '0.1)  # noqa: E501'));
    await run({ addNoqa: true });
    assert.match(read('net.py'), /# noqa: E501, NL504\n/);
  });

  /** The example in two cells, a picture's text between. */
  function notebook(): string {
    const at = FAULTY.indexOf('def validate');
    const lines = (text: string) => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
    const cells = [
      { cell_type: 'code', metadata: {}, outputs: [], source: ['%matplotlib inline\n', ...lines(FAULTY.slice(0, at))] },
      { cell_type: 'markdown', metadata: {}, source: ['Then *validate*.'] },
      { cell_type: 'code', metadata: {}, outputs: [], source: lines(FAULTY.slice(at)) },
    ];
    return `${JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }, null, 1)}\n`;
  }

  test('a notebook is one module, and its findings are in its cells', async () => {
    write('lab.ipynb', notebook());
    const { findings } = await report({}, ['lab.ipynb']);
    assert.deepEqual(
      findings.map(({ rule, cell, line }) => [rule, cell, line]),
      [
        ['NL504', 1, 19],
        ['NL101', 3, 5],
        ['NL201', 3, 11],
      ],
    );
    const { output } = await run({ format: 'text' }, ['lab.ipynb']);
    assert.match(output, /^lab\.ipynb:cell 3:5:32 warning NL101/m);
  });

  test('a notebook’s fixes change its cells and nothing else', async () => {
    write('lab.ipynb', notebook());
    await run({ unsafeFixes: true });
    assert.deepEqual(await codes({}, ['lab.ipynb']), []);
    const [before, after] = [JSON.parse(notebook()), JSON.parse(read('lab.ipynb'))];
    assert.equal(read('lab.ipynb'), `${JSON.stringify(after, null, 1)}\n`);
    assert.deepEqual(after.cells[1], before.cells[1]);
    assert.equal(after.cells[0].source[0], '%matplotlib inline\n');
    const joined = [...after.cells[0].source.slice(1), ...after.cells[2].source].join('');
    assert.equal(joined, read('net.py'));
  });

  test('gitlab writes a code quality report whose fingerprints outlive a shift', async () => {
    const entries = JSON.parse((await run({ format: 'gitlab' })).output);
    assert.deepEqual(
      entries.map((one: { check_name: string; severity: string; location: unknown }) => [
        one.check_name,
        one.severity,
        one.location,
      ]),
      [
        ['NL504', 'critical', { path: 'net.py', lines: { begin: 18, end: 18 } }],
        ['NL101', 'major', { path: 'net.py', lines: { begin: 41, end: 41 } }],
        ['NL201', 'major', { path: 'net.py', lines: { begin: 47, end: 47 } }],
      ],
    );
    write('net.py', `\n${FAULTY}`);
    const fingerprints = (list: readonly { fingerprint: string }[]) => list.map(({ fingerprint }) => fingerprint);
    const shifted = JSON.parse((await run({ format: 'gitlab' })).output);
    assert.deepEqual(fingerprints(shifted), fingerprints(entries));
    assert.equal(new Set(fingerprints(entries)).size, 3);
  });

  test('junit counts findings as failures, and is XML', async () => {
    write('clean.py', 'import torch\n');
    write('a&b.py', FAULTY);
    const { output } = await run({ format: 'junit' });
    assert.match(
      output,
      /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites name="normlab" tests="7" failures="6">/,
    );
    assert.match(output, /<testsuite name="a&amp;b\.py" tests="3" failures="3">/);
    const tags = [...output.matchAll(/<(\/?)([a-z]+)[^<>]*?(\/?)>/g)];
    const open: string[] = [];
    for (const [, closing, name, alone] of tags) {
      if (closing) assert.equal(open.pop(), name);
      else if (!alone) open.push(name ?? '');
    }
    assert.deepEqual(open, []);
  });

  test('sarif has what its schema demands', async () => {
    write('normlab.toml', 'ignore = ["NL9999"]\n');
    const log = JSON.parse((await run({ format: 'sarif' })).output);
    assert.deepEqual([log.version, log.runs.length], ['2.1.0', 1]);
    const [{ tool, results, columnKind }] = log.runs;
    assert.equal(columnKind, 'utf16CodeUnits');
    const ids = tool.driver.rules.map(({ id }: { id: string }) => id);
    assert.equal(new Set(ids).size, ids.length);
    const levels = ['none', 'note', 'warning', 'error'];
    for (const { defaultConfiguration, shortDescription } of tool.driver.rules) {
      assert.ok(levels.includes(defaultConfiguration.level));
      assert.ok(shortDescription.text.length > 0);
    }
    assert.equal(results.length, 4);
    for (const { ruleId, ruleIndex, level, message, locations, fixes } of results) {
      assert.equal(ids[ruleIndex], ruleId);
      assert.ok(levels.includes(level));
      assert.ok(message.text.length > 0);
      const [{ physicalLocation }] = locations;
      assert.doesNotMatch(physicalLocation.artifactLocation.uri, /[\\ ]|^\//);
      const { startLine, startColumn, endLine, endColumn } = physicalLocation.region;
      for (const number of [startLine, startColumn, endLine, endColumn])
        assert.ok(Number.isInteger(number) && number >= 1);
      assert.ok(endLine > startLine || endColumn >= startColumn);
      for (const { artifactChanges } of fixes)
        for (const { replacements, artifactLocation } of artifactChanges) {
          assert.ok(artifactLocation.uri && replacements.length > 0);
          for (const { deletedRegion } of replacements) assert.ok(deletedRegion.startLine >= 1);
        }
    }
  });
});
