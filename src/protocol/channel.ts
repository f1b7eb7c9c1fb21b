// Calls, events, cancellation and errors over any port. A call settles exactly once: with the result, the
// other end's error, or Cancelled. A UserError keeps its code across the boundary; a bug keeps its stack.

import type { Disposable } from '../base/disposable.ts';
import { Cancelled, UserError } from '../base/errors.ts';
import type { Contract } from './messages.ts';

/** The least a transport must do; a worker, a webview and a renderer each fit in four lines. */
export interface Port {
  post(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  onMessage(listener: (message: unknown) => void): Disposable;
}

export type Handlers<Mine extends Contract> = {
  readonly [K in keyof Mine['calls']]: (
    argument: Mine['calls'][K]['argument'],
    signal: AbortSignal,
  ) => Promise<Mine['calls'][K]['result']> | Mine['calls'][K]['result'];
};

export type Listeners<Theirs extends Contract> = {
  readonly [K in keyof Theirs['events']]?: (event: Theirs['events'][K]) => void;
};

interface WireError {
  readonly kind: 'user' | 'cancelled' | 'bug';
  readonly code: string;
  readonly message: string;
  readonly stack: string;
}

type Wire =
  | { readonly type: 'call'; readonly id: number; readonly name: string; readonly argument: unknown }
  | { readonly type: 'cancel'; readonly id: number }
  | { readonly type: 'result'; readonly id: number; readonly result: unknown }
  | { readonly type: 'error'; readonly id: number; readonly error: WireError }
  | { readonly type: 'event'; readonly name: string; readonly event: unknown };

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
  release(): void;
}

export class Channel<Mine extends Contract, Theirs extends Contract> implements Disposable {
  readonly #port: Port;
  readonly #handlers: Handlers<Mine>;
  readonly #listeners: Listeners<Theirs>;
  readonly #subscription: Disposable;
  readonly #pending = new Map<number, Pending>();
  readonly #running = new Map<number, AbortController>();
  #nextId = 1;
  #ended: Error | null = null;

  constructor(port: Port, handlers: Handlers<Mine>, listeners: Listeners<Theirs>) {
    this.#port = port;
    this.#handlers = handlers;
    this.#listeners = listeners;
    this.#subscription = port.onMessage((message) => this.#receive(message as Wire));
  }

  call<K extends keyof Theirs['calls'] & string>(
    name: K,
    argument: Theirs['calls'][K]['argument'],
    options: { readonly signal?: AbortSignal; readonly transfer?: readonly ArrayBuffer[] } = {},
  ): Promise<Theirs['calls'][K]['result']> {
    const { signal, transfer } = options;
    if (this.#ended) return Promise.reject(this.#ended);
    if (signal?.aborted) return Promise.reject(new Cancelled());
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const cancel = () => {
        this.#post({ type: 'cancel', id });
        this.#settle(id)?.reject(new Cancelled());
      };
      signal?.addEventListener('abort', cancel);
      this.#pending.set(id, { resolve, reject, release: () => signal?.removeEventListener('abort', cancel) });
      try {
        this.#port.post({ type: 'call', id, name, argument } satisfies Wire, transfer);
      } catch (error) {
        this.#settle(id)?.reject(error as Error);
      }
    });
  }

  send<K extends keyof Mine['events'] & string>(name: K, event: Mine['events'][K]): void {
    this.#post({ type: 'event', name, event });
  }

  /** Ends every open call with `reason`; for a port whose other end is gone. */
  fail(reason: Error): void {
    if (this.#ended) return;
    this.#ended = reason;
    this.#subscription.dispose();
    for (const controller of this.#running.values()) controller.abort();
    this.#running.clear();
    for (const id of [...this.#pending.keys()]) this.#settle(id)?.reject(reason);
  }

  dispose(): void {
    this.fail(new Cancelled());
  }

  #post(message: Wire): void {
    if (!this.#ended) this.#port.post(message);
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.release();
    return pending;
  }

  #receive(message: Wire): void {
    switch (message.type) {
      case 'call':
        void this.#answer(message.id, message.name, message.argument);
        return;
      case 'cancel':
        this.#running.get(message.id)?.abort();
        return;
      case 'result':
        this.#settle(message.id)?.resolve(message.result);
        return;
      case 'error':
        this.#settle(message.id)?.reject(fromWire(message.error));
        return;
      case 'event':
        (this.#listeners as Record<string, ((event: unknown) => void) | undefined>)[message.name]?.(message.event);
        return;
      default:
        message satisfies never;
    }
  }

  async #answer(id: number, name: string, argument: unknown): Promise<void> {
    const controller = new AbortController();
    this.#running.set(id, controller);
    try {
      const handler = Object.hasOwn(this.#handlers, name)
        ? (this.#handlers as Record<string, (argument: unknown, signal: AbortSignal) => unknown>)[name]
        : undefined;
      if (!handler) throw new Error(`Nothing answers the call \`${name}\`.`);
      const result = await handler(argument, controller.signal);
      this.#post({ type: 'result', id, result });
    } catch (error) {
      this.#post({ type: 'error', id, error: toWire(error) });
    } finally {
      this.#running.delete(id);
    }
  }
}

function toWire(error: unknown): WireError {
  if (error instanceof Cancelled) return { kind: 'cancelled', code: '', message: error.message, stack: '' };
  if (error instanceof UserError) return { kind: 'user', code: error.code, message: error.message, stack: '' };
  const bug = error instanceof Error ? error : new Error(String(error));
  return { kind: 'bug', code: '', message: bug.message, stack: bug.stack ?? '' };
}

function fromWire(error: WireError): Error {
  switch (error.kind) {
    case 'cancelled':
      return new Cancelled();
    case 'user':
      return new UserError(error.code, error.message);
    case 'bug': {
      const bug = new Error(error.message);
      bug.stack = error.stack;
      return bug;
    }
    default:
      return error.kind satisfies never;
  }
}
