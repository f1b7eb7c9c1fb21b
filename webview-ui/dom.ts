// The few things asked of the page itself.

import type { Disposable } from '../src/base/disposable.ts';

/** Adopts a sheet by object rather than by element: a page's policy need not allow inline styles. */
export function adoptStyle(css: string): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}

/** Tells when `element` comes near the visible part of the page, and when it leaves it. */
export function watchVisibility(element: Element, changed: (visible: boolean) => void): Disposable {
  const observer = new IntersectionObserver((entries) => changed(entries.at(-1)?.isIntersecting ?? false), {
    rootMargin: '120px',
  });
  observer.observe(element);
  return { dispose: () => observer.disconnect() };
}

/** True where a key belongs to the control that has the focus. */
export function takesKeys(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input, select, textarea, [contenteditable]') !== null;
}

/** Puts text on the clipboard; false where the page is not allowed to. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/** A notebook's output lives in a frame that may lack the clipboard permission; a selection can still be copied. */
function copyBySelection(text: string): boolean {
  const area = document.createElement('textarea');
  area.value = text;
  area.style.position = 'fixed';
  area.style.opacity = '0';
  document.body.append(area);
  const focused = document.activeElement;
  area.select();
  const copied = document.execCommand('copy');
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return copied;
}
