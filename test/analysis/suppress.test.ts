import assert from 'node:assert/strict';
import { checkText } from '../../src/analysis/check-text.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../src/analysis/settings.ts';
import { applyEdits } from '../../src/base/text.ts';
import { startParser } from '../../src/cli/parser-files.ts';
import type { PythonParser } from '../../src/python/parser.ts';

/** One finding, NL101, on the line with PASS behind it. */
const TEXT = `import torch
from torchvision.models import resnet18

def main(loader):
    net = resnet18()
    with torch.no_grad():
        for x in loader:
            print(net(x))PASS
`;

suite('Suppressions and settings', () => {
  let parser: PythonParser;

  suiteSetup(async () => {
    parser = await startParser();
  });

  suiteTeardown(() => parser.dispose());

  function findings(text: string, settings: Partial<Settings> = {}) {
    const checked = checkText(parser, text, 'file.py', { ...DEFAULT_SETTINGS, ...settings });
    checked.dispose();
    return checked.findings.map((finding) => ({ ...finding, fixes: checked.fixesOf(finding) }));
  }

  const rules = (text: string, settings: Partial<Settings> = {}) =>
    findings(text, settings).map((finding) => finding.rule);
  const withComment = (comment: string) => TEXT.replace('PASS', comment);

  test('the example has its finding', () => {
    assert.deepEqual(rules(withComment('')), ['NL101']);
  });

  const silencing = [
    '  # normlab: ignore[NL101] the pass is meant so',
    '  # normlab: ignore[eval-path-in-train-mode]',
    '  # normlab: ignore[NL504, NL101]',
    '  # normlab: ignore[NL1]',
    '  # normlab: ignore',
    '  # noqa: NL101',
    '  # noqa: E501, NL101',
    '  # noqa',
    '\n# normlab: ignore-file[NL101] an experiment',
  ];
  for (const comment of silencing)
    test(`silenced by ${comment.trim()}`, () => {
      assert.deepEqual(rules(withComment(comment)), []);
    });

  const surrounding: readonly (readonly [before: string, text: string])[] = [
    [
      'a range',
      TEXT.replace('def main', '# normlab: ignore-start[NL101] old code\ndef main').replace(
        'PASS',
        '\n# normlab: ignore-end',
      ),
    ],
    ['a range to the end of the file', `# normlab: ignore-start\n${TEXT.replace('PASS', '')}`],
    ['a file', `${TEXT.replace('PASS', '')}# normlab: ignore-file[NL101] an experiment\n`],
  ];
  for (const [what, text] of surrounding)
    test(`silenced by ${what}`, () => {
      assert.deepEqual(rules(text), []);
    });

  test('a range ends where it ends', () => {
    assert.deepEqual(
      rules(
        TEXT.replace('def main', '# normlab: ignore-start\nx = 1\n# normlab: ignore-end\ndef main').replace('PASS', ''),
      ),
      ['NL000', 'NL101'],
    );
  });

  const meaning: readonly (readonly [where: string, text: string, found: readonly string[]])[] = [
    ['on the def', TEXT.replace('loader):', 'loader):  # normlab: mc-dropout fifty samples'), []],
    ['above the def', TEXT.replace('def main', '# normlab: tta\n\n# More.\ndef main'), []],
    ['on the line', TEXT.replace('PASS', '  # normlab: transductive'), []],
    ['above the with', TEXT.replace('    with', '    # normlab: mc-dropout\n    with'), []],
    ['on another def', `${TEXT}\ndef other():  # normlab: mc-dropout\n    pass\n`, ['NL101']],
    ['on another line', TEXT.replace('resnet18()\n', 'resnet18()  # normlab: mc-dropout\n'), ['NL101']],
    ['of another kind', TEXT.replace('loader):', 'loader):  # normlab: frozen'), ['NL101']],
  ];
  for (const [where, text, found] of meaning)
    test(`what is meant, said ${where}`, () => {
      assert.deepEqual(rules(text.replace('PASS', '')), found);
    });

  test('what is meant in the whole file, said by its settings', () => {
    assert.deepEqual(rules(withComment(''), { intents: ['mc-dropout'] }), []);
    assert.deepEqual(rules(withComment(''), { intents: ['frozen'] }), ['NL101']);
  });

  test('the reason is kept', () => {
    const checked = checkText(
      parser,
      withComment('  # normlab: ignore[NL101]: measured, no effect'),
      'file.py',
      DEFAULT_SETTINGS,
    );
    assert.deepEqual(
      checked.facts.suppressions.map(({ selectors, reason }) => [selectors, reason]),
      [[['NL101'], 'measured, no effect']],
    );
    checked.dispose();
  });

  test('a noqa for others silences nothing, and is nobody’s business here', () => {
    assert.deepEqual(rules(withComment('  # noqa: E501')), ['NL101']);
  });

  test('a suppression of something else is reported beside the finding, and removed by its fix', () => {
    const text = withComment('  # normlab: ignore[NL504] wrong rule');
    const found = findings(text);
    assert.deepEqual(
      found.map((finding) => [finding.rule, finding.severity]),
      [
        ['NL101', 'warning'],
        ['NL000', 'information'],
      ],
    );
    const [fix] = found[1]?.fixes ?? [];
    assert.equal(fix?.level, 'safe');
    assert.equal(applyEdits(text, fix?.edits ?? []), withComment(''));
  });

  test('a suppression on a line of its own goes with its line', () => {
    const text = `import torch\n# normlab: ignore-file[NL201]\nx = 1\n`;
    const [finding] = findings(text);
    assert.equal(finding?.rule, 'NL000');
    assert.equal(applyEdits(text, finding?.fixes[0]?.edits ?? []), 'import torch\nx = 1\n');
  });

  test('a suppression of a rule that is switched off is kept in peace', () => {
    assert.deepEqual(rules(withComment('  # normlab: ignore[NL101]'), { ignore: ['NL101'] }), []);
  });

  test('the settings have the last word on levels', () => {
    assert.deepEqual(
      findings(withComment(''), { severities: { NL101: 'hint' } }).map((finding) => finding.severity),
      ['hint'],
    );
    assert.deepEqual(
      findings(withComment(''), { severities: { 'eval-path-in-train-mode': 'error' } }).map(
        (finding) => finding.severity,
      ),
      ['error'],
    );
    assert.deepEqual(rules(withComment(''), { severities: { NL101: 'off' } }), []);
  });

  test('a comment in a string is no comment', () => {
    assert.deepEqual(rules(TEXT.replace('print(net(x))PASS', "print(net(x), '# noqa')")), ['NL101']);
  });

  test('the same finding after an edit somewhere else, from the tree before', () => {
    const before = checkText(parser, withComment(''), 'file.py', DEFAULT_SETTINGS);
    const after = checkText(parser, `# One more line.\n${withComment('')}`, 'file.py', DEFAULT_SETTINGS, before);
    before.dispose();
    const shift = '# One more line.\n'.length;
    assert.deepEqual(
      after.findings.map(({ span }) => span.start - shift),
      before.findings.map(({ span }) => span.start),
    );
    after.dispose();
  });
});
