// A series' sign in a legend: its color, its dash and its marker, as the canvas draws them.

import type { LegendEntry } from './charts/chart.ts';
import { cssColor, type Marker } from './theme.ts';

export function Legend({ entries }: { readonly entries: readonly LegendEntry[] }) {
  if (entries.length === 0) return null;
  return (
    <ul class="nl-legend">
      {entries.map((entry) => (
        <li key={entry.label}>
          <Swatch entry={entry} />
          <span class="nl-legend-label">{entry.label}</span>
          {entry.value && <span class="nl-legend-value">{entry.value}</span>}
        </li>
      ))}
    </ul>
  );
}

function Swatch({ entry }: { readonly entry: LegendEntry }) {
  const color = cssColor(entry.color);
  if (entry.marker === 'area') {
    return (
      <svg class="nl-swatch" width="14" height="10" aria-hidden="true">
        <rect x="0.5" y="0.5" width="13" height="9" fill={color} stroke="currentColor" stroke-opacity="0.5" />
        {entry.dash.length > 0 && (
          <path d="M0 10 10 0M4 10 14 0M-4 10 6 0" stroke="var(--nl-paper)" stroke-width="1.5" />
        )}
      </svg>
    );
  }
  return (
    <svg class="nl-swatch" width="26" height="10" aria-hidden="true">
      <path d="M0 5H26" stroke={color} stroke-width="2" stroke-dasharray={entry.dash.join(' ')} />
      {entry.marker !== 'none' && <path d={SHAPES[entry.marker]} fill={color} stroke={color} stroke-width="1" />}
    </svg>
  );
}

const SHAPES: Record<Marker, string> = {
  circle: 'M16 5a3 3 0 1 1-6 0a3 3 0 1 1 6 0',
  rect: 'M10 2h6v6h-6z',
  triangle: 'M13 1.5 16.5 8h-7z',
  rectRot: 'M13 1 17 5 13 9 9 5z',
  crossRot: 'M10 2l6 6M16 2l-6 6',
  star: 'M10 5h6M13 2v6M11 3l4 4M15 3l-4 4',
};
