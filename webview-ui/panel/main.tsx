// The Observatory's page: wires the editor's handle, the store and the view to each other.

import { render } from 'preact';
import { Cancelled } from '../../src/base/errors.ts';
import { Channel } from '../../src/protocol/channel.ts';
import type { HostContract, NoContract } from '../../src/protocol/messages.ts';
import commonCss from '../common.css';
import { adoptStyle } from '../dom.ts';
import { acquireEditor, editorPort } from '../port.ts';
import { readTheme, watchTheme } from '../theme.ts';
import panelCss from './panel.css';
import { PanelStore } from './store.ts';
import { Panel } from './view.tsx';

const BEHIND = ['sideBar-background', 'editor-background'];

function start(root: HTMLElement): void {
  adoptStyle(commonCss);
  adoptStyle(panelCss);
  const editor = acquireEditor();
  const store = new PanelStore(editor.getState(), (look) => editor.setState(look));
  const host = new Channel<NoContract, HostContract>(
    editorPort(editor),
    {},
    { 'view/changed': (view) => store.replace(view), 'run/observed': (progress) => store.merge(progress) },
  );
  const attempt = (call: Promise<unknown>) => {
    store.notice.value = '';
    call.catch((error: unknown) => {
      if (!(error instanceof Cancelled)) store.notice.value = error instanceof Error ? error.message : String(error);
    });
  };

  store.theme.value = readTheme(BEHIND);
  watchTheme(() => {
    store.theme.value = readTheme(BEHIND);
  });
  render(
    <Panel
      store={store}
      actions={{
        observe: () => attempt(host.call('model/observe', null)),
        cancel: () => attempt(host.call('plan/cancel', null)),
        reveal: (place) => attempt(host.call('source/reveal', place)),
        explain: (code) => attempt(host.call('rule/explain', code)),
      }}
    />,
    root,
  );
  attempt(
    host.call('view/ready', null).then((view) => {
      store.replace(view);
      restoreScroll(store);
    }),
  );
}

/** Scrolls back to where it was once there is something to scroll, and remembers from then on. */
function restoreScroll(store: PanelStore): void {
  const { scroll } = store.look.value;
  requestAnimationFrame(() => {
    document.scrollingElement?.scrollTo(0, scroll);
    let due: ReturnType<typeof setTimeout> | undefined;
    document.addEventListener(
      'scroll',
      () => {
        clearTimeout(due);
        due = setTimeout(() => store.change({ scroll: document.scrollingElement?.scrollTop ?? 0 }), 200);
      },
      { passive: true },
    );
  });
}

start(document.getElementById('root') ?? document.body.appendChild(document.createElement('div')));
