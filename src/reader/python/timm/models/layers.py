"""Where timm's layers were before they had a place of their own."""

from ..layers import *
from ..layers import __getattr__
