// Where every failure ends. What a person can put right becomes a notification with the next step; a bug goes
// to the log with its stack, the feature fails, and the extension does not. Nothing else catches to continue.

import * as vscode from 'vscode';
import { Cancelled, type UserError } from '../base/errors.ts';
import type { Log } from './log.ts';

/** What the notification offers, by the error's code. */
const NEXT_STEPS: Readonly<Record<string, { readonly title: string; readonly command: string }>> = {
  'observe/untrusted': { title: 'Manage Workspace Trust', command: 'workbench.trust.manage' },
};

const SHOW_LOG = 'Show Log';

export class Failures {
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /** For what a person asked for: failures are said aloud. `what` continues "Norm Lab could not …". */
  guard<A extends unknown[], R>(
    what: string,
    work: (...args: A) => R | Promise<R>,
  ): (...args: A) => Promise<R | undefined> {
    return async (...args) => {
      try {
        return await work(...args);
      } catch (error) {
        this.tell(what, error);
        return undefined;
      }
    };
  }

  /** For what runs by itself: a failure is logged and shows as no result. */
  guardQuietly<A extends unknown[], R>(
    what: string,
    work: (...args: A) => R | Promise<R>,
  ): (...args: A) => Promise<R | undefined> {
    return async (...args) => {
      try {
        return await work(...args);
      } catch (error) {
        if (!isCancelled(error)) this.#log.error(`Could not ${what}.`, detail(error));
        return undefined;
      }
    };
  }

  /** For what its own view has said already: aloud only where there is a step to offer or a bug to admit. */
  note(what: string, error: unknown): void {
    if (isUserError(error) && !NEXT_STEPS[error.code]) this.#log.warn(`${error.code}: ${error.message}`);
    else this.tell(what, error);
  }

  tell(what: string, error: unknown): void {
    if (isCancelled(error)) return;
    if (isUserError(error)) {
      this.#log.warn(`${error.code}: ${error.message}`, error.cause ? detail(error.cause) : '');
      void offer(error);
      return;
    }
    this.#log.error(`Could not ${what}.`, detail(error));
    void this.#admit(what);
  }

  async #admit(what: string): Promise<void> {
    const message = `Norm Lab could not ${what}: an internal error. The details are in its log.`;
    if ((await vscode.window.showErrorMessage(message, SHOW_LOG)) === SHOW_LOG) this.#log.show();
  }
}

// The lazily loaded bundle carries its own copy of the error classes, so `instanceof` would miss them.
export function isUserError(error: unknown): error is UserError {
  return error instanceof Error && error.name === 'UserError' && 'code' in error;
}

export function isCancelled(error: unknown): boolean {
  return error instanceof Cancelled || (error instanceof Error && error.name === 'Cancelled');
}

async function offer(error: UserError): Promise<void> {
  const next = NEXT_STEPS[error.code];
  const picked = await vscode.window.showWarningMessage(error.message, ...(next ? [next.title] : []));
  if (next && picked === next.title) await vscode.commands.executeCommand(next.command);
}

function detail(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\nCaused by: ${detail(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
