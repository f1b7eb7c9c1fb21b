from .choices import Categorical
