from .container import ModuleDict, ModuleList, ParameterDict, ParameterList, Sequential
from .layer import install
from .module import Module

install(__name__)
