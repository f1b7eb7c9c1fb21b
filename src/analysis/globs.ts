// Path patterns as people know them from .gitignore: `tests/` and `*.py` anywhere, `src/**/old.py` from the folder
// of the configuration. `*` stays within a name, `**` does not; `?`, `[abc]` and `{a,b}` as usual. What matches a
// folder matches everything below it.

/** `path` is relative to the configuration's folder, with forward slashes. */
export function globMatches(pattern: string, path: string): boolean {
  return matcherOf(pattern).test(path);
}

function matcherOf(pattern: string): RegExp {
  const trimmed = pattern.replace(/^\.?\//, '').replace(/\/$/, '');
  const isAnchored = trimmed.includes('/') || pattern.startsWith('/') || pattern.startsWith('./');
  return new RegExp(`^${isAnchored ? '' : '(?:.*/)?'}${translated(trimmed)}(?:/.*)?$`);
}

const TOKEN = /\*\*\/|\*\*|\*|\?|\[[^\]]+\]|\{[^{}]*\}|./gs;

function translated(pattern: string): string {
  return pattern.replace(TOKEN, (token) => {
    switch (token) {
      case '**/':
        return '(?:.*/)?';
      case '**':
        return '.*';
      case '*':
        return '[^/]*';
      case '?':
        return '[^/]';
      default:
        if (token.length > 1 && token.startsWith('{'))
          return `(?:${token.slice(1, -1).split(',').map(translated).join('|')})`;
        if (token.length > 1) return token.replace(/^\[!/, '[^').replaceAll('\\', '\\\\');
        return token.replace(/[.+^${}()|[\]\\]/, '\\$&');
    }
  });
}
