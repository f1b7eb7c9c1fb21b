"""The entry from outside: a request as JSON in, what was read as JSON out. Never an exception."""

import json
import signal

from torch import _places, _trace

from . import budget, clean, harden
from .read import Reading


def start():
    """Once, before the first file."""
    harden.close()
    clean.remember()
    signal.signal(signal.SIGINT, _interrupted)


def _interrupted(number, frame):
    """An interrupt ends the user's code, however often it catches one, and never the answer about it."""
    while frame is not None:
        if frame.f_code is Reading.go.__code__:
            raise KeyboardInterrupt
        frame = frame.f_back


def main(text):
    reading = Reading(json.loads(text))
    try:
        budget.start(_places.is_user)
        reading.go()
    except budget.BudgetExceeded as stop:
        _stopped('reader/steps', 'The code takes more steps than the reader allows; a loop here may never end.', stop, reading)
    except KeyboardInterrupt as stop:
        _stopped('reader/time', 'Reading took too long and was stopped here.', stop, reading)
    except MemoryError as stop:
        _stopped('python/memory', 'The code needs more memory than the reader has.', stop, reading)
    finally:
        budget.stop()
        clean.restore()
    return json.dumps(reading.data(), default=str)


def _stopped(code, message, stop, reading):
    place = _places.of_exception(stop)
    place = reading.about if place is None else place
    _trace.report(code, message, -1 if place is None else place)
