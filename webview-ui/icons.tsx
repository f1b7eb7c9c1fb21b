// Signs that differ in shape, not only in color.

import type { Severity } from '../src/base/finding.ts';

export type Health = 'ok' | 'problem' | 'watch' | 'info' | 'none';

export const HEALTH_NAMES: Record<Health, string> = {
  ok: 'ok',
  problem: 'problem',
  watch: 'watch',
  info: 'note',
  none: 'not measured',
};

export function healthOf(severity: Severity): Health {
  switch (severity) {
    case 'error':
      return 'problem';
    case 'warning':
      return 'watch';
    case 'information':
    case 'hint':
      return 'info';
    default:
      return severity satisfies never;
  }
}

const SHAPES: Record<Health, string> = {
  ok: 'M3.5 8.5l3 3 6-7',
  problem: 'M8 1.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 0 1 0-13zM5.5 5.5l5 5M10.5 5.5l-5 5',
  watch: 'M8 1.8 15 14H1zM8 6v4M8 11.6v1',
  info: 'M8 1.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 0 1 0-13zM8 7v4.2M8 4.4v1.2',
  none: 'M5 8h6',
};

export function HealthIcon({ health, label }: { readonly health: Health; readonly label?: string }) {
  const name = label ?? HEALTH_NAMES[health];
  return (
    <svg
      class={`nl-health nl-health-${health}`}
      width="16"
      height="16"
      viewBox="0 0 16 16"
      role="img"
      aria-label={name}
    >
      <title>{name}</title>
      <path d={SHAPES[health]} fill="none" stroke="currentColor" stroke-width="1.4" stroke-linejoin="round" />
    </svg>
  );
}
