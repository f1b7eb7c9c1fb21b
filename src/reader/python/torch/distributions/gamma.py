from .continuous import Gamma
