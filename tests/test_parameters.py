"""Parameters of what is fitted: read, set, shown, copied; errors that name the argument at fault."""

import pickle

import pytest

from softargmax import exceptions
from softargmax._options import as_choice, as_integer, as_real
from softargmax._parameters import Parameters, require_fitted
from softargmax._words import printable


class Thing(Parameters):
    def __init__(self, width, *, depth=3, name="a"):
        self.width, self.depth, self.name = width, depth, name


class Bare(Parameters):
    pass


def test_parameters_are_those_of_the_constructor():
    assert Thing(1).get_params() == {"width": 1, "depth": 3, "name": "a"}
    assert Bare().get_params() == {}


def test_what_is_shown_is_what_was_changed():
    assert repr(Thing(1, name="b")) == "Thing(width=1, name='b')"
    assert repr(Bare()) == "Bare()"


def test_parameters_are_set_all_or_none():
    thing = Thing(1)
    with pytest.raises(exceptions.ArgumentError, match=r"no parameter 'dept'; .*did you mean 'depth'") as caught:
        thing.set_params(width=2, dept=5)
    assert thing.width == 1
    assert caught.value.parameter == "dept"
    assert thing.set_params(depth=5).depth == 5


def test_a_clone_has_the_parameters_only():
    thing = Thing(1, depth=7)
    thing.learned_ = 1
    copy = thing.clone()
    assert copy.get_params() == thing.get_params()
    assert not hasattr(copy, "learned_")


def test_what_is_not_fitted_says_how_to_fit_it():
    with pytest.raises(exceptions.NotFittedError, match=r"this Thing is not fitted yet; call fit\(logits, y\) first"):
        require_fitted(Thing(1), "learned_")


@pytest.mark.parametrize(
    "call",
    [
        lambda: as_real(2.0, "rate", low=0.0, high=1.0),
        lambda: as_integer(0.5, "rate", low=0),
        lambda: as_choice("lineer", "rate", ("linear", None)),
        lambda: as_choice(1, "rate", (True, None)),
    ],
)
def test_an_error_knows_the_parameter_at_fault(call):
    with pytest.raises(exceptions.ArgumentError) as caught:
        call()
    assert caught.value.parameter == "rate"


def test_the_parameter_survives_pickling():
    for error in (
        exceptions.ArgumentError("no", parameter="a"),
        exceptions.AxisError("no", parameter="a"),
        exceptions.MissingDependencyError("no", parameter="a"),
    ):
        again = pickle.loads(pickle.dumps(error))
        assert (str(again), again.parameter) == ("no", "a")


def test_an_error_says_in_its_words_how_it_is_made_anew():
    error = exceptions.AxisError("no", parameter="a")  # which holds, as NumPy's, what is in no dictionary
    make, words, rest = error.__reduce__()
    again = make(*words)
    again.__dict__.update(rest)
    assert (str(again), again.parameter) == ("no", "a")


def test_an_engine_error_knows_its_part():
    again = pickle.loads(pickle.dumps(exceptions.EngineError("no", part=3)))
    assert (str(again), again.part) == ("no", 3)


def test_foreign_text_cannot_move_the_cursor_or_turn_the_writing():
    assert printable("a\x1b[2Jb\n\u202e") == "a\\x1b[2Jb\\n\\u202e"
    assert printable("Größe 東京 \u0e01\u0e33") == "Größe 東京 \u0e01\u0e33"


def test_words_from_right_to_left_do_not_pull_what_stands_beside_them():
    assert printable("قط (12), שלום עולם (5)") == "\u2068قط\u2069 (12), \u2068שלום עולם\u2069 (5)"
    assert printable("cat (3)") == "cat (3)"


def test_joiners_are_spelling_inside_words_and_hidden_elsewhere():
    assert printable("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645").count("\u200c") == 1
    assert printable("ab\u200cc\u200d") == "ab\\u200cc\\u200d"
    assert printable("a\udcffb") == "a\\udcffb"
