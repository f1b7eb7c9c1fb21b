// Reports of everything there is to report, held to what those who read them demand.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Ajv } from 'ajv';
import { all as rules } from '../../src/analysis/rules/all.ts';
import { check } from '../../src/cli/check.ts';
import { readPage } from '../analysis/page.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
/** From github.com/oasis-tcs/sarif-spec, sarif-2.1/schema/sarif-schema-2.1.0.json, commit e0583813, unchanged. */
const SARIF = path.join(ROOT, 'test/fixtures/schemas/sarif-schema-2.1.0.json');

/** As GitLab's documentation of code quality reports lists them. */
const CODE_QUALITY = {
  type: 'array',
  items: {
    type: 'object',
    required: ['description', 'check_name', 'fingerprint', 'severity', 'location'],
    properties: {
      description: { type: 'string', minLength: 1 },
      check_name: { type: 'string', minLength: 1 },
      fingerprint: { type: 'string', minLength: 1 },
      severity: { enum: ['info', 'minor', 'major', 'critical', 'blocker'] },
      location: {
        type: 'object',
        required: ['path', 'lines'],
        properties: {
          path: { type: 'string', pattern: '^(?!\\.?/)' },
          lines: {
            type: 'object',
            required: ['begin'],
            properties: { begin: { type: 'integer', minimum: 1 }, end: { type: 'integer', minimum: 1 } },
          },
        },
      },
    },
  },
};

interface SarifLog {
  readonly runs: readonly [
    {
      readonly results: readonly {
        readonly ruleId: string;
        readonly fixes?: readonly unknown[];
        readonly relatedLocations?: readonly unknown[];
      }[];
    },
  ];
}

suite('Reports and their schemas', () => {
  let folder: string;

  suiteSetup(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'normlab-'));
    for (const rule of rules) {
      const { flagged } = readPage(path.join(ROOT, 'src/analysis', rule.page));
      flagged.forEach(({ text }, i) => {
        writeFileSync(path.join(folder, `${rule.name} ä&<${i}>.py`), text);
      });
    }
    const source = readFileSync(path.join(ROOT, 'examples/simple_net.py'), 'utf8');
    const cell = { cell_type: 'code', execution_count: null, metadata: {}, outputs: [], source };
    const book = { cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 };
    writeFileSync(path.join(folder, 'book.ipynb'), JSON.stringify(book));
    writeFileSync(path.join(folder, 'normlab.toml'), 'ignore = ["NL9999"]\n');
    writeFileSync(path.join(folder, 'binary.py'), '\0');
  });

  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));

  async function reportAs(format: string, paths: readonly string[] = ['.']): Promise<string> {
    const options = { format, select: [], extendSelect: ['ALL'], ignore: [], cache: false, threads: 1 };
    return (await check(paths, options, folder, false)).output;
  }

  test('sarif holds to the published schema, with every rule, notebooks, fixes and related places', async () => {
    const schema = JSON.parse(readFileSync(SARIF, 'utf8'));
    // It is of draft 4, which differs from what the validator reads by these two names alone.
    delete schema.$schema;
    delete schema.id;
    const isSarif = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(schema);
    assert.ok(!isSarif({ version: '2.1.0', runs: [{ tool: { driver: {} } }] }));
    assert.ok(!isSarif({ version: '2.1.0', runs: [{ tool: { driver: { name: 'x' } }, results: [{}] }] }));
    const log: SarifLog = JSON.parse(await reportAs('sarif'));
    assert.ok(isSarif(structuredClone(log)), JSON.stringify(isSarif.errors?.slice(0, 3)));
    const [{ results }] = log.runs;
    const found = new Set(results.map(({ ruleId }) => ruleId));
    assert.ok(found.size > 0.9 * rules.length, `${found.size} of ${rules.length} rules`);
    assert.ok(results.some(({ fixes }) => fixes && fixes.length > 0));
    assert.ok(results.some(({ relatedLocations }) => relatedLocations && relatedLocations.length > 0));
    const nothing = JSON.parse(await reportAs('sarif', ['binary.py']));
    assert.ok(isSarif(nothing), JSON.stringify(isSarif.errors?.slice(0, 3)));
  }).timeout(60_000);

  test('gitlab has the keys its documentation demands, and every entry a fingerprint of its own', async () => {
    const isReport = new Ajv({ strict: false }).compile(CODE_QUALITY);
    const entries: readonly { fingerprint: string }[] = JSON.parse(await reportAs('gitlab'));
    assert.ok(entries.length > 100);
    assert.ok(isReport(entries), JSON.stringify(isReport.errors?.slice(0, 3)));
    assert.equal(new Set(entries.map(({ fingerprint }) => fingerprint)).size, entries.length);
  }).timeout(60_000);

  test('junit is well formed, its suites hold its cases, and its counts are theirs', async () => {
    const output = await reportAs('junit');
    const tags = [...output.matchAll(/<(\/?)([a-z]+)((?:\s+[a-z]+="[^"<]*")*)\s*(\/?)>/g)];
    assert.equal(tags.length, [...output.matchAll(/</g)].length - 1, 'a tag that is not one');
    const parents: Readonly<Record<string, string>> = {
      testsuite: 'testsuites',
      testcase: 'testsuite',
      failure: 'testcase',
    };
    const open: string[] = [];
    const counts = new Map<string, number>();
    for (const [, closing, name = '', , alone] of tags) {
      if (closing) assert.equal(open.pop(), name);
      else {
        counts.set(name, (counts.get(name) ?? 0) + 1);
        assert.equal(parents[name], open.at(-1), name);
        if (!alone) open.push(name);
      }
    }
    assert.deepEqual(open, []);
    const [, tests, failures] = /<testsuites [^>]*tests="(\d+)" failures="(\d+)"/.exec(output) ?? [];
    assert.deepEqual([Number(tests), Number(failures)], [counts.get('testcase'), counts.get('failure')]);
    assert.doesNotMatch(output.replace(/&(?:amp|lt|gt|quot|apos|#\d+|#x[\da-f]+);/g, ''), /&/);
  }).timeout(60_000);
});
