from .continuous import Exponential
