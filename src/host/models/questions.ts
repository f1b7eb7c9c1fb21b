// Asking which model, how it is made and what it is fed with: a few quick picks, each with what the code suggests
// and room to type something else. Backwards with the button, out with Escape.

import * as vscode from 'vscode';
import type { ModelClass, ReadResult } from '../../protocol/messages.ts';

/** `back`: to the question before; undefined: no answer. */
export type Answer<T> = T | 'back' | undefined;

export interface Step {
  readonly title: string;
  /** `[1, 3]`: the first question of three. */
  readonly at: readonly [step: number, of: number];
  /** Why the answer given last does not do, and that answer. */
  readonly refused: { readonly why: string; readonly answer: string } | null;
}

interface Item extends vscode.QuickPickItem {
  readonly answer: string | null;
  /** What is typed is the answer; a reason is none. */
  readonly role?: 'typed' | 'reason';
}

/** Classes that are models rather than parts of others come first. */
export async function askClass(step: Step, classes: readonly ModelClass[], current: string): Promise<Answer<string>> {
  const item = ({ name, place, required, usedBy }: ModelClass): Item => ({
    label: name,
    description: [place ? `line ${place.line}` : '', name === current ? 'in use' : ''].filter(Boolean).join(', '),
    detail: usedBy.length > 0 ? `a part of ${usedBy.join(', ')}` : needs(required),
    answer: name,
  });
  const models = classes.filter(({ usedBy }) => usedBy.length === 0);
  const parts = classes.filter(({ usedBy }) => usedBy.length > 0);
  const items = [...models, ...parts].map(item);
  const picked = await ask(step, items, { placeholder: 'Which model?', active: current });
  return picked === 'back' || picked === undefined ? picked : (picked ?? undefined);
}

/** An expression, or null for what the code says. */
export async function askConstruct(
  step: Step,
  { name, required }: ModelClass,
  known: { readonly now: string; readonly byCode: string | null },
): Promise<Answer<string | null>> {
  const template = `${name}(${required.map((argument) => `${argument}=`).join(', ')})`;
  const { now, byCode } = known;
  const items: Item[] = [
    ...(now === '' ? [] : [{ label: now, description: 'in use', answer: now }]),
    ...(byCode === null || byCode === now ? [] : [{ label: byCode, description: 'as the code says', answer: byCode }]),
    ...(required.length > 0 || `${name}()` === now || `${name}()` === byCode
      ? []
      : [{ label: `${name}()`, description: 'its defaults', answer: `${name}()` }]),
  ];
  return ask(step, [...items, ...following(required.length === 0)], {
    placeholder: `How ${name} is made: pick, or type an expression such as ${template}`,
    typed: (text) => ({ label: text, description: 'an expression in the file’s namespace', answer: text }),
    value: items.length === 0 ? template : '',
  });
}

/** An expression, or null for what the code says. A shape alone is one: `2, 3, 32, 32`. */
export async function askInput(step: Step, now: string): Promise<Answer<string | null>> {
  const shape = shapeOf(now);
  const others = shape === null ? [] : likelyShapes(shape).map((one) => `torch.randn(${one.join(', ')})`);
  const items: Item[] = [
    ...(now === '' ? [] : [{ label: now, description: 'in use', answer: now }]),
    ...others.filter((one) => one !== now).map((one) => ({ label: one, answer: one })),
  ];
  return ask(step, [...items, ...following(true)], {
    placeholder: 'Input of forward(): pick, or type a shape (2, 3, 32, 32) or an expression',
    typed: (text) => ({ label: inputOf(text), description: 'as typed', answer: inputOf(text) }),
    value: '',
  });
}

function following(possible: boolean): Item[] {
  const label = '$(discard) As the code says';
  return possible ? [{ label, description: 'nothing is remembered', answer: null }] : [];
}

/** A shape as an input of it; anything else as it is. */
function inputOf(text: string): string {
  const trimmed = text.trim().replace(/^[([]|[)\]]$/g, '');
  return /^\d+(\s*[,x×]\s*\d+)*\s*,?$/.test(trimmed)
    ? `torch.randn(${trimmed
        .split(/[,x×]/)
        .map((part) => part.trim())
        .filter(Boolean)
        .join(', ')})`
    : text.trim();
}

function shapeOf(input: string): readonly number[] | null {
  const [, inside] = /^torch\.\w+\(([\d, ]+)\)/.exec(input) ?? [];
  return inside === undefined ? null : inside.split(',').map(Number);
}

/** Other sides for images, other channels with them, other lengths for sequences. */
function likelyShapes([batch = 2, ...rest]: readonly number[]): readonly (readonly number[])[] {
  const [channels = 3] = rest;
  if (rest.length === 3) return [28, 32, 64, 224].map((side) => [batch, channels, side, side]);
  if (rest.length === 2) return [16, 64, 128].map((length) => [batch, length, rest[1] ?? 1]);
  return [];
}

/** What was read with: without where it came from. */
export function inputRead({ input }: Pick<ReadResult, 'input'>): string {
  return input.replace(/^(.*\)), .*$/s, '$1');
}

function needs(required: readonly string[]): string {
  return required.length > 0 ? `needs ${required.join(', ')}` : '';
}

interface Options {
  readonly placeholder: string;
  readonly active?: string;
  /** The item for what is typed; without it only what is listed can be picked. */
  readonly typed?: (text: string) => Item;
  readonly value?: string;
}

function ask(
  { title, at: [step, of], refused }: Step,
  items: readonly Item[],
  { placeholder, active, typed, value }: Options,
): Promise<Answer<string | null>> {
  const picker = vscode.window.createQuickPick<Item>();
  Object.assign(picker, { title, step, totalSteps: of, placeholder, ignoreFocusOut: true, matchOnDescription: true });
  picker.buttons = step > 1 ? [vscode.QuickInputButtons.Back] : [];
  const show = (text: string) => {
    const own =
      typed !== undefined && text.trim() !== '' ? [{ ...typed(text), alwaysShow: true, role: 'typed' as const }] : [];
    const why: Item[] = refused
      ? [{ label: `$(warning) ${refused.why}`, answer: null, alwaysShow: true, role: 'reason' }]
      : [];
    picker.items = [...own, ...why, ...items.filter(({ label }) => own.every((one) => one.label !== label))];
    const open = picker.items.filter(({ role }) => role !== 'reason');
    const first = open.find(({ label }) => label === active) ?? open[0];
    if (first) picker.activeItems = [first];
  };
  picker.value = refused?.answer ?? value ?? '';
  show(picker.value);
  return new Promise((resolve) => {
    const settle = (answer: Answer<string | null>) => {
      resolve(answer);
      picker.dispose();
    };
    if (typed) picker.onDidChangeValue(show);
    picker.onDidTriggerButton(() => settle('back'));
    picker.onDidAccept(() => {
      const [picked] = picker.activeItems;
      // The last keys may have arrived after the list was made.
      if (picked?.role === 'typed' && typed) settle(typed(picker.value).answer);
      else if (picked && picked.role !== 'reason') settle(picked.answer);
    });
    picker.onDidHide(() => settle(undefined));
    picker.show();
  });
}
