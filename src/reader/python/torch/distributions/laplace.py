from .continuous import Laplace
