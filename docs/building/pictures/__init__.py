"""The pictures of the tutorial, drawn from numbers that are computed when the site is built, in two languages.

A file here is one picture: ``draw(t, names)`` gives it, where ``t`` chooses between English and Chinese, and ``names``
are those of three classes. Colours are variables of the site's style sheet, so that a picture is light or dark with the page.
"""

from functools import cache
from importlib import import_module

CLASSES = {"en": ("cat", "dog", "owl"), "zh": ("猫", "狗", "猫头鹰")}


@cache
def drawn(name: str, language: str) -> str:
    """Give a picture as SVG.

    Parameters
    ----------
    name : str
        Of a file in this folder.
    language : {"en", "zh"}
    """

    def t(english: str, chinese: str) -> str:
        return english if language == "en" else chinese

    return import_module(f"building.pictures.{name}").draw(t, CLASSES[language]).svg(name)
