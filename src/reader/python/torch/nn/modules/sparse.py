from .layer import install
from .module import Module

install(__name__)
