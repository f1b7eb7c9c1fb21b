"""A limit on the steps of the user's code: the same program is stopped at the same place on every machine."""

import sys

_TOOL = 3
STEPS = 8_000_000


class BudgetExceeded(BaseException):
    pass


def start(is_user, steps=STEPS):
    """Counts loops and calls in code for which `is_user(code)`; other code is not slowed down."""
    monitoring = sys.monitoring
    events = monitoring.events
    left = [steps]
    disable = monitoring.DISABLE

    def count(code, *_):
        if not is_user(code):
            return disable
        left[0] -= 1
        if left[0] < 0:
            raise BudgetExceeded
        return None

    monitoring.use_tool_id(_TOOL, 'reader')
    for event in (events.PY_START, events.JUMP):
        monitoring.register_callback(_TOOL, event, count)
    monitoring.set_events(_TOOL, events.PY_START | events.JUMP)


def watch_returns(code, returned):
    """Calls `returned(instruction)` at each `return` of one function, while steps are counted."""
    monitoring = sys.monitoring
    if monitoring.get_tool(_TOOL) is None:
        return
    event = monitoring.events.PY_RETURN
    monitoring.register_callback(_TOOL, event, lambda code, instruction, value: returned(instruction))
    monitoring.set_local_events(_TOOL, code, event)


def stop():
    monitoring = sys.monitoring
    if monitoring.get_tool(_TOOL) is not None:
        monitoring.set_events(_TOOL, 0)
        monitoring.free_tool_id(_TOOL)
