// A Port over the editor's own handle, which a page may ask for once.

import type { Port } from '../src/protocol/channel.ts';

export interface EditorApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): EditorApi;

export function acquireEditor(): EditorApi {
  return acquireVsCodeApi();
}

export function editorPort(editor: EditorApi): Port {
  return {
    post: (message) => editor.postMessage(message),
    onMessage: (listener) => {
      const receive = (event: MessageEvent) => listener(event.data);
      window.addEventListener('message', receive);
      return { dispose: () => window.removeEventListener('message', receive) };
    },
  };
}
