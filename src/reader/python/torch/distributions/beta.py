from .continuous import Beta
