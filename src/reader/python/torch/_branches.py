"""Conditions on numbers that are only known when the model runs: which way the graph goes, said with the line.

An assertion holds, a loop ends, and an `if` is not entered: what models ask of their data is mostly whether
something is wrong with it.
"""

import ast
import sys

from . import _places, _syntax, _trace


def taken(what):
    """The truth value that is taken for such a condition at the user's current line."""
    frame = sys._getframe(1)
    while frame is not None and not _places.is_user(frame.f_code):
        frame = frame.f_back
    value, kind, place = False, 'if', None
    if frame is not None:
        value, kind, place = _wanted(frame.f_code.co_filename, _places.span(frame))
    way = {
        'assert': 'the assertion is taken to hold', 'while': 'the loop is taken to end here',
        'if': f'the branch where it is {value} is taken',
    }[kind]
    _trace.report('model/branch', f'{what} depends on the numbers that come in; in the graph {way}.', place)
    return value


def _wanted(path, span):
    """The value of the expression at `span` that makes its statement go the way it is meant to; the statement's kind, and its place."""
    for node in _syntax.within(_places.tree(path)):
        if isinstance(node, (ast.Assert, ast.If, ast.IfExp, ast.While)) and _covers(node.test, span):
            holds = isinstance(node, ast.Assert) or isinstance(node, ast.If) and _only_raises(node.orelse)
            kind = {ast.Assert: 'assert', ast.While: 'while'}.get(type(node), 'if')
            return _inside(node.test, span, holds), kind, _places.of_node(path, node.test)
    return False, 'if', None


def _inside(test, span, holds):
    """What a part of a condition must be for the whole to hold or not."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _inside(test.operand, span, not holds)
    if isinstance(test, ast.BoolOp):
        return next((_inside(part, span, holds) for part in test.values if _covers(part, span)), holds)
    return holds


def _covers(node, span):
    return (node.lineno, node.col_offset) <= span[0] and span[1] <= (node.end_lineno, node.end_col_offset)


def _only_raises(body):
    return bool(body) and isinstance(body[-1], ast.Raise)
