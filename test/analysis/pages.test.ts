import assert from 'node:assert/strict';
import path from 'node:path';
import { checkText } from '../../src/analysis/check-text.ts';
import type { Rule } from '../../src/analysis/rule.ts';
import { all as rules } from '../../src/analysis/rules/all.ts';
import { DEFAULT_SETTINGS } from '../../src/analysis/settings.ts';
import type { Finding } from '../../src/base/finding.ts';
import { applyEdits } from '../../src/base/text.ts';
import { startParser } from '../../src/cli/parser-files.ts';
import type { PythonParser } from '../../src/python/parser.ts';
import { readPage } from './page.ts';

const isLoud = ({ severity }: Finding) => severity === 'error' || severity === 'warning';
const HEADINGS = ['Flagged', 'Fixed', 'Not flagged', 'When to allow it'];

suite('Every rule keeps what its page says', () => {
  let parser: PythonParser;

  suiteSetup(async () => {
    parser = await startParser();
  });

  suiteTeardown(() => parser.dispose());

  /** Without other rules' hints and information: they speak of what is no mistake. */
  function check(text: string, rule: Rule): readonly Finding[] {
    return checkWithFixes(text, rule).findings;
  }

  function checkWithFixes(text: string, rule: Rule) {
    const severities = rule.optIn ? { [rule.code]: rule.severity } : {};
    const checked = checkText(parser, text, 'page.py', { ...DEFAULT_SETTINGS, severities });
    assert.deepEqual(checked.tree.syntaxErrors, [], `the example is not Python:\n${text}`);
    checked.dispose();
    const findings = checked.findings.filter((finding) => finding.rule === rule.code || isLoud(finding));
    return { findings, fixesOf: checked.fixesOf };
  }

  for (const rule of rules) {
    const page = readPage(path.join(import.meta.dirname, '../../src/analysis', rule.page));

    test(`${rule.code}: the page has its parts`, () => {
      assert.equal(page.title, `# ${rule.code} \`${rule.name}\``);
      assert.deepEqual(
        HEADINGS.filter((heading) => !page.headings.includes(heading)),
        [],
      );
      assert.equal(page.fixed.length, page.flagged.filter((block) => block.hasFix).length);
      assert.ok(page.notFlagged.length >= 5);
    });

    page.flagged.forEach((block, i) => {
      test(`${rule.code}: flagged example ${i + 1}`, () => {
        const found = check(block.text, rule);
        assert.deepEqual(
          found.map(({ rule: code, span }) => ({
            code,
            text: block.text.slice(span.start, span.end),
            start: span.start,
          })),
          block.expected.map(({ start, end }) => ({ code: rule.code, text: block.text.slice(start, end), start })),
        );
        found.forEach((finding, n) => {
          const { message, severity } = block.expected[n] ?? { message: '', severity: null };
          assert.ok(finding.message.includes(message), `${finding.message}\ndoes not say: ${message}`);
          assert.equal(finding.severity, severity ?? rule.severity);
          assert.match(finding.message, /^[A-Z`].*\.$/);
        });
      });
    });

    page.flagged
      .filter((block) => block.hasFix)
      .forEach((block, i) => {
        test(`${rule.code}: fixed example ${i + 1}`, () => {
          let text = block.text;
          for (let n = 0; n < block.expected.length; n++) {
            const { findings, fixesOf } = checkWithFixes(text, rule);
            const fix = findings[0] && fixesOf(findings[0])[0];
            assert.ok(fix, 'no fix is offered');
            text = applyEdits(text, fix.edits);
          }
          assert.equal(text, page.fixed[i]);
          assert.deepEqual(check(text, rule), []);
        });
      });

    page.notFlagged.forEach((text, i) => {
      test(`${rule.code}: silent example ${i + 1}`, () => {
        assert.deepEqual(
          check(text, rule).map(
            (finding) => `${finding.rule} ${text.slice(finding.span.start, finding.span.end)}: ${finding.message}`,
          ),
          [],
        );
      });
    });
  }
});
