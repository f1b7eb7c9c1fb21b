import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { UserError } from '../../src/base/errors.ts';
import { type CheckOptions, check } from '../../src/cli/check.ts';
import type { Report } from '../../src/cli/reporters/report.ts';
import { explainRule, listRules } from '../../src/cli/rules.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const DEFAULTS: CheckOptions = { format: 'json', select: [], ignore: [], cache: false };
const FAULTY = readFileSync(path.join(ROOT, 'examples/simple_net.py'), 'utf8');

suite('normlab check', () => {
  let folder: string;

  setup(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'normlab-'));
  });

  teardown(() => rmSync(folder, { recursive: true, force: true }));

  async function run(paths: readonly string[], options: Partial<CheckOptions> = {}, cwd = folder) {
    return check(paths, { ...DEFAULTS, ...options }, cwd, false);
  }

  async function report(paths: readonly string[], options: Partial<CheckOptions> = {}, cwd = folder): Promise<Report> {
    return JSON.parse((await run(paths, { ...options, format: 'json' }, cwd)).output);
  }

  const refusedWith = (code: string) => (error: unknown) => error instanceof UserError && error.code === code;

  function write(name: string, text: string | Uint8Array): void {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }

  test('finds exactly the planted faults of the example, and none in the mended one', async () => {
    const { findings, files } = await report(['examples'], {}, ROOT);
    assert.equal(files, 2);
    assert.deepEqual(
      findings.map(({ path: file, rule, name, severity, confidence }) => [file, rule, name, severity, confidence]),
      [
        ['examples/simple_net.py', 'NL504', 'constant-weight-init', 'error', 'definite'],
        ['examples/simple_net.py', 'NL101', 'eval-path-in-train-mode', 'warning', 'definite'],
        ['examples/simple_net.py', 'NL201', 'batchnorm-small-batch', 'warning', 'definite'],
      ],
    );
    const lines = FAULTY.split('\n');
    assert.deepEqual(
      findings.map(({ line, column, endLine, endColumn }) => [
        line === endLine,
        lines[line - 1]?.slice(column - 1, endColumn - 1),
      ]),
      [
        [true, 'nn.init.constant_(self.fc1.weight, 0.1)'],
        [true, 'model(x)'],
        [true, 'batch_size=5'],
      ],
    );
  });

  test('JSON has every key of the contract, and edits that can be applied by hand', async () => {
    write('a.py', FAULTY);
    const [finding] = (await report(['a.py'])).findings;
    assert.deepEqual(Object.keys(finding ?? {}), [
      'path',
      'rule',
      'name',
      'line',
      'column',
      'endLine',
      'endColumn',
      'severity',
      'confidence',
      'message',
      'related',
      'fixes',
    ]);
    const [fix] = finding?.fixes ?? [];
    assert.equal(fix?.level, 'unsafe');
    const [edit] = fix?.edits ?? [];
    assert.equal(
      FAULTY.split('\n')[(edit?.line ?? 0) - 1]?.slice((edit?.column ?? 1) - 1, (edit?.endColumn ?? 1) - 1),
      'nn.init.constant_(self.fc1.weight, 0.1)',
    );
    assert.deepEqual(finding?.related, [{ path: 'a.py', line: 14, message: '`fc1` is made here.' }]);
  });

  test('exits with 0 when clean, 1 with findings, and 0 when asked to', async () => {
    write('clean.py', 'import torch\n');
    write('faulty.py', FAULTY);
    assert.equal((await run(['clean.py'])).code, 0);
    assert.equal((await run(['faulty.py'])).code, 1);
    assert.equal((await run(['faulty.py'], { exitZero: true })).code, 0);
  });

  test('a path that does not exist and a rule that does not are refused, the rule with the nearest', async () => {
    await assert.rejects(run(['nowhere']), refusedWith('check/no-path'));
    await assert.rejects(run(['.'], { select: ['eval-path-in-train-mod'] }), (error: unknown) => {
      assert.ok(error instanceof UserError && error.code === 'settings/unknown-rule');
      assert.match(error.message, /`eval-path-in-train-mode`/);
      return true;
    });
  });

  test('selects and ignores by code, prefix and name', async () => {
    write('a.py', FAULTY);
    const rules = async (options: Partial<CheckOptions>) =>
      (await report(['a.py'], options)).findings.map((one) => one.rule).sort();
    assert.deepEqual(await rules({ select: ['NL1', 'batchnorm-small-batch'] }), ['NL101', 'NL201']);
    assert.deepEqual(await rules({ ignore: ['nl5'] }), ['NL101', 'NL201']);
    assert.deepEqual(await rules({ select: ['ALL'], ignore: ['NL101', 'constant-weight-init'] }), ['NL201']);
  });

  test('walks folders, not those of tools, and follows no circle of links', async () => {
    for (const name of ['a.py', 'b/c.py', '.git/d.py', 'node_modules/e.py', '.venv/f.py', '__pycache__/g.py'])
      write(name, FAULTY);
    symlinkSync(folder, path.join(folder, 'b', 'again'));
    const { findings, files } = await report(['.']);
    assert.equal(files, 2);
    assert.deepEqual([...new Set(findings.map((one) => one.path))], ['a.py', 'b/c.py']);
  });

  test('says what it skipped and why', async () => {
    write('binary.py', new Uint8Array([0x61, 0, 0x62]));
    write('latin.py', new Uint8Array([0x23, 0xe9, 0x0a]));
    write('large.py', `# ${'x'.repeat(1 << 20)}\n`);
    symlinkSync('gone.py', path.join(folder, 'dangling.py'));
    const { skipped, files } = await report(['.']);
    assert.equal(files, 0);
    assert.deepEqual(skipped.map(({ path: file, reason }) => [file, reason.replace(/\(.*\)/, '()')]).sort(), [
      ['binary.py', 'it is a binary file'],
      ['dangling.py', 'it is not a file that can be read'],
      ['large.py', 'it is larger than 1 MB ()'],
      ['latin.py', 'it is not UTF-8 text'],
    ]);
  });

  test('a syntax error does not hide what is elsewhere in the file', async () => {
    write('a.py', `${FAULTY}\nx = = 3\n`);
    assert.deepEqual(
      (await report(['a.py'])).findings.map((one) => one.rule),
      ['NL504', 'NL101', 'NL201'],
    );
  });

  test('--fix alone changes no result; the preferred and the unsafe fixes mend the rest', async () => {
    write('a.py', FAULTY.replace('batch_size=50)', 'batch_size=50)  # normlab: ignore[NL201] large enough'));
    await run(['a.py'], { fix: true });
    assert.equal(readFileSync(path.join(folder, 'a.py'), 'utf8'), FAULTY);
    const preferred = await report(['a.py'], { preferred: true });
    assert.deepEqual(
      preferred.findings.map((one) => one.rule),
      ['NL504', 'NL201'],
    );
    assert.match(readFileSync(path.join(folder, 'a.py'), 'utf8'), /^ {4}model\.eval\(\)\n {4}with torch\.no_grad/m);
    assert.match(
      readFileSync(path.join(folder, 'a.py'), 'utf8'),
      /^ {8}model\.train\(\)\n {8}for x, y in train_loader/m,
    );
    const all = await report(['a.py'], { unsafeFixes: true });
    assert.deepEqual(all.findings, []);
    const mended = readFileSync(path.join(folder, 'a.py'), 'utf8');
    assert.match(mended, /kaiming_normal_\(self\.fc1\.weight, nonlinearity='relu'\)/);
    assert.match(mended, /self\.bn1 = nn\.LayerNorm\(20\)/);
  });

  test('fixes keep a file’s line ends', async () => {
    write('a.py', FAULTY.replaceAll('\n', '\r\n'));
    await run(['a.py'], { unsafeFixes: true });
    const mended = readFileSync(path.join(folder, 'a.py'), 'utf8');
    assert.ok(mended.includes('model.eval()\r\n'));
    assert.doesNotMatch(mended, /[^\r]\n/);
  });

  test('text shows the line with a caret under what is meant', async () => {
    write('a.py', FAULTY);
    const { output } = await run(['a.py'], { format: 'text', select: ['NL101'] });
    assert.match(output, /^a\.py:41:32 warning NL101 eval-path-in-train-mode$/m);
    const [source, carets] = output.split('\n').slice(2, 4);
    assert.equal(source?.slice(carets?.indexOf('^'), (carets?.lastIndexOf('^') ?? 0) + 1), 'model(x)');
    assert.match(output, /1 finding in 1 file \(1 warning\)\.\n$/);
  });

  test('github writes workflow commands', async () => {
    write('a,b.py', FAULTY);
    const { output } = await run(['a,b.py'], { format: 'github', select: ['NL201'] });
    assert.match(
      output,
      /^::warning file=a%2Cb\.py,line=47,endLine=47,col=55,endColumn=67,title=NL201 batchnorm-small-batch::BatchNorm1d sees/,
    );
    assert.match(output, /45 %25 of a standard deviation/);
  });

  test('sarif is 2.1.0, with rules, places and fixes', async () => {
    write('a b.py', FAULTY);
    const log = JSON.parse((await run(['a b.py'], { format: 'sarif' })).output);
    assert.equal(log.version, '2.1.0');
    const [first] = log.runs;
    assert.deepEqual(
      first.results.map((one: { ruleId: string; level: string }) => [one.ruleId, one.level]),
      [
        ['NL504', 'error'],
        ['NL101', 'warning'],
        ['NL201', 'warning'],
      ],
    );
    for (const result of first.results) {
      assert.equal(first.tool.driver.rules[result.ruleIndex].id, result.ruleId);
      assert.equal(result.locations[0].physicalLocation.artifactLocation.uri, 'a%20b.py');
      assert.ok(result.fixes[0].artifactChanges[0].replacements.length > 0);
    }
  });

  test('rules lists each rule, explain prints its page', () => {
    assert.match(listRules('text'), /^NL101 {2}eval-path-in-train-mode +warning/m);
    const listed: Record<'rules' | 'verdicts', { code: string }[]> = JSON.parse(listRules('json'));
    assert.ok(listed.verdicts.some(({ code }) => code === 'NL906'));
    for (const { code } of [...listed.rules, ...listed.verdicts])
      assert.match(explainRule(code), new RegExp(`^# ${code} `));
    assert.equal(explainRule('eval-path-in-train-mode'), explainRule('nl101'));
    assert.throws(() => explainRule('NL999'), refusedWith('settings/unknown-rule'));
    assert.throws(() => explainRule('NL'), refusedWith('rules/several'));
  });
});
