import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Analysis, analyze } from '../../src/analysis/analyze.ts';
import { checkText } from '../../src/analysis/check-text.ts';
import { applyToText, repair } from '../../src/analysis/repair.ts';
import { all as rules } from '../../src/analysis/rules/all.ts';
import { DEFAULT_SETTINGS } from '../../src/analysis/settings.ts';
import type { Fix, FixLevel } from '../../src/base/finding.ts';
import { applyEdits } from '../../src/base/text.ts';
import { startParser } from '../../src/cli/parser-files.ts';
import { readFacts } from '../../src/facts/facts.ts';
import type { PythonParser } from '../../src/python/parser.ts';
import { readPage } from './page.ts';

const FAULTY = readFileSync(path.resolve(import.meta.dirname, '../../examples/simple_net.py'), 'utf8');
const CONSTANT = (name: string) => `class ${name}(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(10, 20)
        self.head = nn.Linear(20, 20)
        nn.init.constant_(self.fc.weight, 0.1)

    def forward(self, x):
        return self.head(self.fc(x).relu())
`;
const TWO_CONSTANTS = `import torch.nn as nn\n\n${CONSTANT('A')}\n${CONSTANT('B')}`;
const EVERY_LEVEL: ReadonlySet<FixLevel> = new Set(['safe', 'preferred', 'unsafe']);

suite('Fixes', () => {
  let parser: PythonParser;

  suiteSetup(async () => {
    parser = await startParser();
  });

  suiteTeardown(() => parser.dispose());

  /** An analysis, and how many texts were read for it so far. */
  function counted(text: string): { analysis: Analysis; reads: () => number } {
    let reads = 0;
    const read = (source: string) => {
      reads++;
      const tree = parser.parse(source);
      tree.dispose();
      return readFacts(tree, 'file.py');
    };
    return { analysis: analyze(read(text), DEFAULT_SETTINGS, read), reads: () => reads };
  }

  function findingsAfter(text: string, fixes: readonly Fix[]): Analysis['findings'] {
    const edits = fixes.flatMap((fix) => fix.edits);
    return counted(applyEdits(text, edits)).analysis.findings;
  }

  test('are tried when asked for, and once', () => {
    const { analysis, reads } = counted(FAULTY);
    assert.equal(analysis.findings.length, 3);
    assert.equal(reads(), 1);
    const [first] = analysis.findings;
    assert.ok(first);
    const fixes = analysis.fixesOf(first);
    assert.ok(fixes.length > 0);
    const once = reads();
    assert.ok(once > 1);
    assert.equal(analysis.fixesOf(first), fixes);
    assert.equal(reads(), once);
  });

  test('applied together cost one reading more where the first choices hold up', () => {
    const { analysis, reads } = counted(TWO_CONSTANTS);
    assert.deepEqual(
      analysis.findings.map(({ rule }) => rule),
      ['NL504', 'NL504'],
    );
    const fixes = analysis.fixesTogether(EVERY_LEVEL);
    assert.equal(reads(), 2);
    assert.deepEqual(findingsAfter(TWO_CONSTANTS, fixes), []);
  });

  test('applied together are those that hold up one by one where a first choice does not', () => {
    const fixes = counted(FAULTY).analysis.fixesTogether(EVERY_LEVEL);
    assert.equal(fixes.length, 3);
    assert.deepEqual(findingsAfter(FAULTY, fixes), []);
  });

  test('of a level nobody asked for are not applied', () => {
    assert.deepEqual(counted(FAULTY).analysis.fixesTogether(new Set(['safe'])), []);
  });

  test('hold after the tree they were found in is gone', () => {
    const checked = checkText(parser, FAULTY, 'file.py', DEFAULT_SETTINGS);
    checked.dispose();
    for (const finding of checked.findings) assert.equal(checked.fixesOf(finding).length, 1);
  });

  for (const rule of rules) {
    const page = readPage(path.join(import.meta.dirname, '../../src/analysis', rule.page));
    test(`${rule.code}: every fix on its page parses, takes its finding away, brings no louder one, and is done after one time`, () => {
      const settings = { ...DEFAULT_SETTINGS, severities: rule.optIn ? { [rule.code]: rule.severity } : {} };
      for (const { text } of page.flagged) {
        const before = checkText(parser, text, 'page.py', settings);
        for (const finding of before.findings)
          for (const fix of before.fixesOf(finding)) {
            if (fix.level === 'display') continue;
            const after = checkText(parser, applyEdits(text, fix.edits), 'page.py', settings);
            assert.deepEqual(after.facts.syntaxErrors, [], fix.title);
            const count = (findings: Analysis['findings'], code: string) =>
              findings.filter((one) => one.rule === code).length;
            assert.ok(count(after.findings, finding.rule) < count(before.findings, finding.rule), fix.title);
            for (const { rule: code } of after.findings)
              assert.ok(count(after.findings, code) <= count(before.findings, code), `${fix.title} brings ${code}`);
            after.dispose();
          }
        before.dispose();
      }
    });
  }

  test('a repaired text is known as it would be from nothing, and read once', () => {
    const texts = [FAULTY, TWO_CONSTANTS, `import torch  # normlab: ignore[NL301] nothing\n${FAULTY}`];
    for (const text of texts)
      for (const levels of [new Set<FixLevel>(['safe']), EVERY_LEVEL]) {
        const first = checkText(parser, text, 'file.py', DEFAULT_SETTINGS);
        const source = { text, cells: [] };
        const repaired = repair(parser, first, source, applyToText, 'file.py', DEFAULT_SETTINGS, levels);
        const fresh = checkText(parser, repaired.source.text, 'file.py', DEFAULT_SETTINGS);
        assert.deepEqual(repaired.checked.findings, fresh.findings);
        for (const one of [first, repaired.checked, fresh]) one.dispose();
      }
    const first = checkText(parser, FAULTY, 'file.py', DEFAULT_SETTINGS);
    const [finding] = first.findings;
    const [fix] = finding ? first.fixesOf(finding) : [];
    const after = applyEdits(FAULTY, fix?.edits ?? []);
    const tried = first.tried(after, DEFAULT_SETTINGS);
    const next = checkText(parser, after, 'file.py', DEFAULT_SETTINGS, first);
    assert.ok(tried);
    assert.equal(next.facts, tried);
    assert.equal(first.tried(after, { ...DEFAULT_SETTINGS }), null);
    for (const one of [first, next]) one.dispose();
  });
});
