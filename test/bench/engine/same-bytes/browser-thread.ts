// A thread of the engine in a browser: its first message is what it is born with.

import { Thread, type ThreadMessage, type ThreadStart } from '../../../../src/engine/threads.ts';

interface Scope {
  onmessage: ((event: { readonly data: ThreadStart | ThreadMessage }) => void) | null;
  postMessage(message: string): void;
  close(): void;
}
declare const self: Scope;

let thread: Thread | null = null;

self.onmessage = ({ data }) => {
  if ('words' in data) thread = new Thread(data);
  else if (thread?.receive(data) === false) self.close();
};

self.postMessage('ready');
