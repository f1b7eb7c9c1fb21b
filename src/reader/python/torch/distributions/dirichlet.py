from .continuous import Dirichlet
