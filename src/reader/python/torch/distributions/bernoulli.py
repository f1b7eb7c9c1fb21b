from .choices import Bernoulli
