import assert from 'node:assert/strict';
import { type Config, describeConfig, EMPTY_LAYER, settingsFor } from '../../src/analysis/config.ts';
import { readConfig } from '../../src/analysis/config-text.ts';
import { globMatches } from '../../src/analysis/globs.ts';
import { all as rules } from '../../src/analysis/rules/all.ts';

const read = (text: string, origin = 'normlab.toml') => readConfig(text, origin, rules);

/** Messages, with the text each stands at. */
function problems(text: string, origin = 'normlab.toml') {
  return read(text, origin).problems.map(({ span, message, rule, severity }) => {
    assert.deepEqual([rule, severity], ['NL001', 'error']);
    return [text.slice(span.start, span.end), message] as const;
  });
}

suite('Configuration', () => {
  const EVERYTHING = `
select = ["NL1", "constant-weight-init"]
extend-select = ["NL405"]
ignore = ["NL110"]
exclude = ["legacy/", "*_pb2.py"]

[severity]
NL101 = "error"
constant-weight-init = "info"

[per-file-ignores]
"examples/**" = ["NL101"]

[intents]
"bayes/*.py" = ["mc-dropout"]
`;

  test('is read whole', () => {
    const { layer, problems } = read(EVERYTHING);
    assert.deepEqual(problems, []);
    assert.deepEqual(layer, {
      origin: 'normlab.toml',
      select: ['NL1', 'constant-weight-init'],
      extendSelect: ['NL405'],
      ignore: ['NL110'],
      exclude: ['legacy/', '*_pb2.py'],
      severity: { NL101: 'error', NL504: 'information' },
      perFileIgnores: [{ pattern: 'examples/**', values: ['NL101'] }],
      intents: [{ pattern: 'bayes/*.py', values: ['mc-dropout'] }],
    });
  });

  test('in pyproject.toml is [tool.normlab]; without it the file has nothing to say', () => {
    const { layer } = read('[tool.normlab]\nignore = ["NL1"]\n[tool.ruff]\nselect = 5\n', 'a/pyproject.toml');
    assert.deepEqual(layer?.ignore, ['NL1']);
    assert.equal(read('[tool.ruff]\nselect = ["E"]\n', 'pyproject.toml').layer, null);
    assert.deepEqual(read('[tool.ruff\n', 'pyproject.toml').problems, []);
  });

  const FAULTS: readonly (readonly [text: string, at: string, says: RegExp])[] = [
    ['slect = ["NL1"]', 'slect', /Expected one of .*`select`.*got `slect`; did you mean `select`\?/],
    ['ignore = "NL1"', 'ignore', /Expected a list of rules.*got `"NL1"`/],
    ['ignore = ["NL1", "NL999"]', 'NL999', /Expected a rule's code, name or prefix, and got `NL999`/],
    ['[severity]\nNL101 = "loud"', 'NL101', /Expected `off`, .* and got `"loud"`/],
    ['[severity]\nNL1 = "error"', 'NL1', /Expected a rule's code or name, and got `NL1`/],
    ['[per-file-ignores]\n"a.py" = ["NL7", "sofmax"]', 'sofmax', /got `sofmax`/],
    ['[intents]\n"a.py" = ["dropout"]', 'dropout', /Expected `mc-dropout`, .* got `dropout`/],
    ['exclude = ["!a"]', '!a', /Expected a path pattern/],
    ['severity = 3', 'severity', /Expected a table `\[severity\]`, and got `3`/],
    ['select = []', 'select', /Expected at least one rule/],
  ];
  for (const [text, at, says] of FAULTS)
    test(`a fault is said where it is: ${text.split('\n').at(-1)}`, () => {
      const [first, ...others] = problems(text);
      assert.deepEqual(others, []);
      assert.equal(first?.[0], at);
      assert.match(first?.[1] ?? '', says);
    });

  test('a fault in pyproject.toml is found in its own table, not in another tool’s', () => {
    const text = '[tool.other]\nignore = ["NLX"]\n\n[tool.normlab]\nignore = ["NLX"]\n';
    const [found] = read(text, 'pyproject.toml').problems;
    assert.equal(found?.span.start, text.lastIndexOf('NLX'));
  });

  test('what is right counts although something is wrong', () => {
    const { layer, problems } = read('ignore = ["NL101", "NL999"]\n[severity]\nNL102 = "hint"\n');
    assert.equal(problems.length, 1);
    assert.deepEqual(layer?.ignore, ['NL101']);
    assert.deepEqual(layer?.severity, { NL102: 'hint' });
  });

  test('what is no TOML is said with its line, and leaves the defaults', () => {
    const { layer, problems } = read('ignore = ["NL101"]\nselect = [\n');
    assert.equal(layer, null);
    assert.equal(problems.length, 1);
    assert.match(problems[0]?.message ?? '', /^Expected TOML/);
  });

  test('upper layers replace the selection and add the rest', () => {
    const config: Config = [
      {
        ...EMPTY_LAYER,
        origin: 'file',
        select: ['NL1'],
        ignore: ['NL110'],
        severity: { NL101: 'error', NL102: 'hint' },
      },
      { ...EMPTY_LAYER, origin: 'top', select: ['NL5'], ignore: ['NL501'], severity: { NL101: 'off' } },
    ];
    const settings = settingsFor(config, 'a.py');
    assert.deepEqual(settings?.select, ['NL5']);
    assert.deepEqual(settings?.ignore, ['NL110', 'NL501']);
    assert.deepEqual(settings?.severities, { NL101: 'off', NL102: 'hint' });
  });

  test('patterns give files their own', () => {
    const { layer } = read(EVERYTHING);
    assert.ok(layer);
    assert.deepEqual(settingsFor([layer], 'examples/a/b.py')?.ignore, ['NL110', 'NL101']);
    assert.deepEqual(settingsFor([layer], 'bayes/net.py')?.intents, ['mc-dropout']);
    assert.equal(settingsFor([layer], 'legacy/a.py'), null);
    assert.equal(settingsFor([layer], 'deep/x_pb2.py'), null);
  });

  test('is explained rule by rule, with who said so', () => {
    const { layer } = read(EVERYTHING);
    const text = describeConfig([layer ?? EMPTY_LAYER], 'examples/a.py', rules);
    const row = (code: string) => text.split('\n').find((line) => line.startsWith(code)) ?? '';
    assert.match(row('NL101'), /off +ignored by normlab\.toml$/);
    assert.match(row('NL102'), /warning +selected by normlab\.toml$/);
    assert.match(row('NL504'), /information +level by normlab\.toml$/);
    assert.match(row('NL201'), /off +not selected by normlab\.toml$/);
    assert.match(describeConfig([layer ?? EMPTY_LAYER], 'legacy/a.py', rules), /excluded by normlab\.toml/);
  });

  const GLOBS: readonly (readonly [pattern: string, path: string, matches: boolean])[] = [
    ['*.py', 'a.py', true],
    ['*.py', 'a/b.py', true],
    ['tests/', 'a/tests/b.py', true],
    ['tests', 'a/mytests/b.py', false],
    ['src/*.py', 'src/a.py', true],
    ['src/*.py', 'src/a/b.py', false],
    ['src/**/b.py', 'src/b.py', true],
    ['src/**/b.py', 'src/x/y/b.py', true],
    ['./a.py', 'a.py', true],
    ['./a.py', 'b/a.py', false],
    ['a?.py', 'ab.py', true],
    ['[ab].py', 'b.py', true],
    ['[!ab].py', 'b.py', false],
    ['{a,b*}.py', 'b2.py', true],
    ['a+b.py', 'aab.py', false],
  ];
  for (const [pattern, path, matches] of GLOBS)
    test(`${pattern} ${matches ? 'matches' : 'does not match'} ${path}`, () => {
      assert.equal(globMatches(pattern, path), matches);
    });
});
