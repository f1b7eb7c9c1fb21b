// The values of a YAML cell with their places: each is read as what it must be, or reported where it stands.

import { isScalar, isSeq, type Node, type Pair, type YAMLMap } from 'yaml';
import type { SpecProblem } from './spec.ts';
import { distance, list } from './words.ts';

export class CellReader {
  readonly #text: string;
  readonly #problems: SpecProblem[];

  constructor(text: string, problems: SpecProblem[]) {
    this.#text = text;
    this.#problems = problems;
  }

  report(node: unknown, message: string, severity: SpecProblem['severity']): void {
    const range = (node as Node | null | undefined)?.range;
    const span = range
      ? { start: range[0], end: Math.max(range[1], range[0] + 1) }
      : { start: 0, end: this.#text.length };
    this.#problems.push({ message, span, severity });
  }

  error(node: unknown, message: string): void {
    this.report(node, message, 'error');
  }

  node(map: YAMLMap | null, key: string): Node | undefined {
    return (map?.get(key, true) as Node | undefined) ?? undefined;
  }

  unknownKeys(map: YAMLMap, known: readonly string[], of: string): void {
    for (const pair of map.items as Pair[]) {
      const key = isScalar(pair.key) ? String(pair.key.value) : '?';
      if (known.includes(key)) continue;
      const near = known.find((name) => distance(name, key) <= 2);
      const hint = near ? ` Did you mean \`${near}\`?` : '';
      this.report(pair.key, `\`${key}\` is not a key of ${of}; it is kept and has no effect.${hint}`, 'warning');
    }
  }

  string(map: YAMLMap | null, key: string): string | null {
    const node = this.node(map, key);
    if (node === undefined) return null;
    if (isScalar(node) && typeof node.value === 'string') return node.value;
    this.error(node, `\`${key}\` expects text.`);
    return null;
  }

  choice<T extends string>(map: YAMLMap | null, key: string, allowed: readonly T[], otherwise: T): T {
    const node = this.node(map, key);
    if (node === undefined) return otherwise;
    const found = allowed.find((name) => isScalar(node) && node.value === name);
    if (found !== undefined) return found;
    this.error(node, `\`${key}\` expects ${list(allowed)}, and got \`${this.source(node)}\`.`);
    return otherwise;
  }

  source(node: Node): string {
    return this.#text.slice(node.range?.[0] ?? 0, node.range?.[1] ?? 0).trim();
  }

  /** One value or a list of them. */
  items(map: YAMLMap | null, key: string): readonly Node[] | null {
    const node = this.node(map, key);
    if (node === undefined) return null;
    if (isSeq(node)) {
      if (node.items.length === 0) this.error(node, `0 combinations: \`${key}\` is empty.`);
      return node.items as Node[];
    }
    return [node];
  }

  numbers(
    map: YAMLMap | null,
    key: string,
    otherwise: readonly number[],
    { whole, least }: { whole: boolean; least: number },
  ): readonly number[] {
    const items = this.items(map, key);
    if (!items) return otherwise;
    const out: number[] = [];
    for (const item of items) {
      const value = isScalar(item) ? item.value : null;
      const fits = typeof value === 'number' && Number.isFinite(value) && value >= least;
      if (!fits || (whole && !Number.isInteger(value)))
        this.error(
          item,
          `\`${key}\` expects ${whole ? 'whole numbers' : 'numbers'} from ${least}, and got \`${this.source(item)}\`.`,
        );
      else if (out.includes(value)) this.error(item, `\`${key}\` has \`${value}\` twice.`);
      else out.push(value);
    }
    return out;
  }

  number(map: YAMLMap | null, key: string, otherwise: number, limits: { least: number; most: number }): number {
    const node = this.node(map, key);
    if (node === undefined) return otherwise;
    const value = isScalar(node) ? node.value : null;
    if (typeof value === 'number' && Number.isInteger(value) && value >= limits.least && value <= limits.most)
      return value;
    const range = `from ${limits.least} to ${limits.most}`;
    this.error(node, `\`${key}\` expects a whole number ${range}, and got \`${this.source(node)}\`.`);
    return otherwise;
  }
}
