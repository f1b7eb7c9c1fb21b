// Which model, how it is made, what it is fed with: three questions, forwards and backwards. Each answer is tried on
// the code before the next question, and what does not work is said and may be changed.

import * as vscode from 'vscode';
import type { ModelClass, ReadResult } from '../../protocol/messages.ts';
import type { Choice } from './choices.ts';
import { askClass, askConstruct, askInput, inputRead, type Step } from './questions.ts';

/** What the reader could not decide; another answer may put it right. */
const UNDECIDED = new Set(['model/arguments', 'model/input', 'model/construct']);

export interface DialogParts {
  /** The file's name. */
  readonly about: string;
  /** As it is read now. */
  readonly before: ReadResult;
  /** Leaves out what is settled. */
  readonly onlyOpen: boolean;
  /** The expression the code has for its model; null where it has none. */
  readonly byCode: string | null;
  /** What was chosen for a class before. */
  readonly chosen: (name?: string) => Choice | null;
  readonly read: (choice: Choice) => Promise<ReadResult>;
}

export interface Settled {
  readonly result: ReadResult;
  readonly choice: Choice;
}

/** To the next question, the same one again, the one before; undefined: no answer. */
type Move = 1 | 0 | -1 | undefined;

export class Dialog {
  readonly #parts: DialogParts;
  readonly #classes: readonly ModelClass[];
  readonly #first: number;
  #result: ReadResult;
  #name: string;
  #construct: string | null = null;
  #input: string | null = null;
  #refused: Step['refused'] = null;

  constructor(parts: DialogParts) {
    const { before, onlyOpen, chosen } = parts;
    const models = before.classes.filter(({ usedBy }) => usedBy.length === 0);
    this.#parts = parts;
    this.#classes = onlyOpen && models.length > 0 ? models : before.classes;
    this.#first = this.#classes.length > 1 ? 1 : 2;
    this.#result = before;
    this.#name = before.graph?.rootClass ?? chosen()?.name ?? models.at(-1)?.name ?? before.classes.at(-1)?.name ?? '';
  }

  /** null where a question was not answered; nothing has changed then. */
  async run(): Promise<Settled | null> {
    const questions = [() => this.#askClass(), () => this.#askConstruct(), () => this.#askInput()];
    let step = this.#first;
    while (step <= questions.length) {
      const move: Move = await questions[step - 1]?.();
      if (move === undefined) return null;
      step = Math.max(this.#first, step + move);
    }
    return { result: this.#result, choice: { name: this.#name, construct: this.#construct, input: this.#input } };
  }

  async #askClass(): Promise<Move> {
    const answer = await askClass(this.#at(1), this.#classes, this.#result.graph?.rootClass ?? '');
    if (answer === undefined || answer === 'back') return undefined;
    this.#name = answer;
    return 1;
  }

  async #askConstruct(): Promise<Move> {
    const { onlyOpen, byCode, chosen } = this.#parts;
    const name = this.#name;
    const one = this.#classes.find((known) => known.name === name) ?? unknownClass(name);
    const { graph } = this.#result;
    const now = graph?.rootClass === name ? graph.construct : '';
    const mine = byCode?.startsWith(`${name}(`) ? byCode : null;
    const settled = onlyOpen && (now !== '' || one.required.length === 0);
    const answer = settled ? now || `${name}()` : await askConstruct(this.#at(2), one, { now, byCode: mine });
    if (answer === undefined) return undefined;
    if (answer === 'back') return this.#back();
    // Without a word the reader would choose another class.
    this.#construct = answer ?? (mine === null && this.#classes.length > 1 ? `${name}()` : null);
    this.#input = chosen(name)?.input ?? null;
    await this.#readAgain();
    return this.#tried(cannotBeMade(this.#result), this.#construct);
  }

  async #askInput(): Promise<Move> {
    if (this.#parts.onlyOpen && this.#result.graph) return 1;
    const answer = await askInput(this.#at(3), inputRead(this.#result));
    if (answer === undefined) return undefined;
    if (answer === 'back') return this.#back();
    this.#input = answer;
    await this.#readAgain();
    const { graph, problems } = this.#result;
    return this.#tried(graph === null && UNDECIDED.has(problems[0]?.code ?? ''), answer);
  }

  #back(): Move {
    this.#refused = null;
    return -1;
  }

  /** The same question once more, with the reason, where an answer does not do. */
  #tried(failed: boolean, answer: string | null): Move {
    const why = this.#result.problems[0]?.message ?? 'The model could not be read.';
    this.#refused = failed ? { why: why.replaceAll('`', ''), answer: answer ?? '' } : null;
    return failed ? 0 : 1;
  }

  /** With a sign of life where it takes long. */
  async #readAgain(): Promise<void> {
    const { about, read } = this.#parts;
    const choice = { name: this.#name, construct: this.#construct, input: this.#input };
    const options = { location: vscode.ProgressLocation.Window, title: `Reading ${about}` };
    this.#result = await vscode.window.withProgress(options, () => read(choice));
  }

  #at(step: number) {
    const at = [step - this.#first + 1, 4 - this.#first] as const;
    return { title: `Model of ${this.#parts.about}`, at, refused: this.#refused };
  }
}

/** Whether a choice is what is missing, rather than that the code fails. */
export function isUndecided({ graph, problems }: ReadResult): boolean {
  return graph === null && problems.some(({ code }) => UNDECIDED.has(code));
}

/** The constructor's call is at fault, and another may do. */
function cannotBeMade({ graph, input, problems }: ReadResult): boolean {
  return graph === null && input === '' && problems.every(({ code }) => code !== 'model/input');
}

function unknownClass(name: string): ModelClass {
  return { name, place: null, required: [], usedBy: [] };
}
