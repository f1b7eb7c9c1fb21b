// Who used the processor: each stretch of work counts for the innermost name it ran under.

import process from 'node:process';

type Method = (this: unknown, ...args: unknown[]) => unknown;

export class Stopwatch {
  readonly #sums = new Map<string, number>();
  readonly #open: { readonly name: string; inside: number }[] = [];

  time<T>(name: string, work: () => T): T {
    const started = process.cpuUsage();
    const entry = { name, inside: 0 };
    this.#open.push(entry);
    try {
      return work();
    } finally {
      const { user, system } = process.cpuUsage(started);
      const took = (user + system) / 1000;
      this.#open.pop();
      const outer = this.#open.at(-1);
      if (outer) outer.inside += took;
      this.#sums.set(name, (this.#sums.get(name) ?? 0) + took - entry.inside);
    }
  }

  /** The most expensive first. */
  perRound(rounds: number): readonly (readonly [string, number])[] {
    return [...this.#sums].map(([name, sum]) => [name, sum / rounds] as const).sort((a, b) => b[1] - a[1]);
  }

  /** Every getter of a class; each answer undoes one. */
  watchGetters(prototype: object): readonly (() => void)[] {
    return Object.entries(Object.getOwnPropertyDescriptors(prototype)).flatMap(([key, descriptor]) => {
      const { get } = descriptor;
      if (!get) return [];
      const watch = this;
      Object.defineProperty(prototype, key, {
        ...descriptor,
        get(this: unknown) {
          return watch.time(`facts.${key}`, () => get.call(this));
        },
      });
      return [() => void Object.defineProperty(prototype, key, descriptor)];
    });
  }

  watchMethod(owner: object, key: string, nameOf: (first: unknown) => string): () => void {
    const original: unknown = Reflect.get(owner, key);
    if (typeof original !== 'function') throw new TypeError(`Expected a method \`${key}\`, and found none.`);
    const watch = this;
    const watched: Method = function (...args) {
      return watch.time(nameOf(args[0]), () => Reflect.apply(original, this, args));
    };
    Reflect.set(owner, key, watched);
    return () => void Reflect.set(owner, key, original);
  }
}
