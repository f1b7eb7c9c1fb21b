from .continuous import Uniform
