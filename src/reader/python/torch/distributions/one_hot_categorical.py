from .choices import OneHotCategorical
