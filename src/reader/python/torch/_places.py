"""Where in the user's files something happens: lines and columns from 1, columns in UTF-16 units."""

import ast
import sys

from . import _syntax

_sources = {}
_libraries = set()
_lines = {}
_positions = {}
_table = []
_index = {}


def begin(sources, packages=()):
    """`sources` are files: path to text; those in `packages` are of others. Every place handed out since the last call
    is forgotten."""
    _sources.clear()
    _lines.clear()
    _positions.clear()
    _table.clear()
    _index.clear()
    _sources.update(sources)
    _libraries.clear()
    folders = tuple(f'{folder}/' for folder in packages)
    _libraries.update(path for path in sources if path.startswith(folders))
    _syntax.trim()


def file(path):
    return _syntax.file(path, _sources[path])


def tree(path):
    """The file's syntax; empty where Python cannot read it."""
    try:
        return file(path).tree()
    except (SyntaxError, ValueError):
        return ast.Module([], [])


def table():
    return _table


def is_read(code):
    """Of one of the files, the user's or an installed package's."""
    return code.co_filename in _sources


def is_user(code):
    return code.co_filename in _sources and code.co_filename not in _libraries


def lines_of(path):
    if path not in _lines:
        _lines[path] = _sources[path].split('\n')
    return _lines[path]


def column(path, line, offset):
    """From a byte offset in a line's UTF-8 to a column."""
    lines = lines_of(path)
    text = lines[line - 1] if 0 < line <= len(lines) else ''
    if text.isascii():
        return offset + 1
    before = text.encode()[:offset].decode(errors='replace')
    return len(before.encode('utf-16-le')) // 2 + 1


def place(path, line, start, end_line, end):
    key = (path, line, column(path, line, start), end_line, column(path, end_line, end))
    index = _index.get(key)
    if index is None:
        index = _index[key] = len(_table)
        _table.append(key)
    return index


def of_code(code, lasti):
    known, positions = _of(code)
    index = known.get(lasti)
    if index is None:
        line, end_line, start, end = positions[lasti // 2]
        line = line or code.co_firstlineno
        index = known[lasti] = place(code.co_filename, line, start or 0, end_line or line, end or 0)
    return index


def _of(code):
    """Places of a code object handed out so far, and its positions. By identity: a hash of it reads all of it."""
    known = _positions.get(id(code))
    if known is None:
        # Kept with it, so that its identity stays its own.
        known = _positions[id(code)] = ({}, list(code.co_positions()), code)
    return known[:2]


def span(frame):
    """Where a frame is: two pairs of a line and a byte offset in it, as a syntax tree counts them."""
    line, end_line, start, end = _of(frame.f_code)[1][frame.f_lasti // 2]
    line = line or frame.f_lineno
    return (line, start or 0), (end_line or line, end or 0)


def of_node(path, node):
    return place(path, node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)


def here():
    """The innermost user frame of the current call, or None."""
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename in _sources:
            return of_code(frame.f_code, frame.f_lasti)
        frame = frame.f_back
    return None


def stack():
    """The user frames of the current call, innermost first."""
    places = []
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename in _sources:
            places.append(of_code(frame.f_code, frame.f_lasti))
        frame = frame.f_back
    return places


def of_exception(error):
    """The innermost user frame of a traceback; a SyntaxError names its own."""
    if isinstance(error, SyntaxError) and error.filename in _sources and error.lineno:
        path, line = error.filename, error.lineno
        text = _sources[path][line - 1] if line <= len(_sources[path]) else ''
        start = max((error.offset or 1) - 1, 0)
        end_line = max(error.end_lineno or line, line)
        end = (error.end_offset or 0) - 1 if (error.end_offset or 0) > 0 else start + 1
        if end_line == line and end <= start:
            end = start + 1
        # A SyntaxError counts characters, not bytes.
        to_bytes = lambda characters: len(text[:characters].encode()) + max(characters - len(text), 0)
        return place(path, line, to_bytes(start), end_line, to_bytes(end) if end_line == line else end)
    found = None
    trace = error.__traceback__
    while trace is not None:
        if is_user(trace.tb_frame.f_code):
            found = of_code(trace.tb_frame.f_code, trace.tb_lasti)
        trace = trace.tb_next
    return found
