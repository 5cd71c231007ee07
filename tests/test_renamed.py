"""Words that changed, and words that may."""

import copy
import importlib
import inspect
import pickle
import subprocess
import sys
from dataclasses import dataclass

import pytest

import softargmax as sm
from softargmax._parameters import Parameters
from softargmax._renamed import (
    deprecated,
    gone_attributes,
    is_provisional,
    provisional,
    renamed,
)
from softargmax.exceptions import ArgumentError, NotFittedError, RenamedError


@renamed("decide(targets, *, logits=)", seed="random_state", alpha="confidence=, which is 1 - alpha")
def decide(targets, /, *, logits=None, confidence=0.9, random_state=0):
    """Decide."""
    return targets, logits, confidence, random_state


@renamed(seed="random_state")
@dataclass(frozen=True)
class Options:
    random_state: int = 0


class Estimator:
    @renamed(method="calibration")
    def __init__(self, estimator, calibration=None):
        self.estimator = estimator
        self.calibration = calibration


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: decide([0], seed=1), "decide: seed= is now random_state="),
        (lambda: decide([0], alpha=0.1), "decide: alpha= is now confidence=, which is 1 - alpha"),
        (lambda: Options(seed=1), "Options: seed= is now random_state="),
        (lambda: Estimator(1, method="beta"), "Estimator: method= is now calibration="),
    ],
)
def test_an_old_keyword_names_the_new_one(call, message):
    with pytest.raises(RenamedError) as caught:
        call()
    assert str(caught.value) == message


def test_the_error_knows_which_keyword_it_was():
    with pytest.raises(RenamedError) as caught:
        decide([0], seed=1)
    assert caught.value.parameter == "seed"


def test_an_old_keyword_is_an_argument_error_and_what_python_raises_for_an_unknown_one():
    assert issubclass(RenamedError, ArgumentError)
    assert issubclass(RenamedError, TypeError)


def test_an_old_order_of_arguments_names_the_new_one():
    with pytest.raises(RenamedError, match=r"decide: expected decide\(targets, \*, logits=\), got 2 positional"):
        decide([[0.0, 1.0]], [0])


def test_an_object_names_the_new_word_of_its_old_parameter():
    with pytest.raises(AttributeError, match=r"^Options\.seed is now random_state$"):
        Options().seed  # noqa: B018
    assert copy.deepcopy(pickle.loads(pickle.dumps(Options(3)))) == Options(3)


def test_setting_an_old_parameter_names_the_new_one():
    class Fitted(Parameters):
        @renamed(seed="random_state")
        def __init__(self, random_state=0):
            self.random_state = random_state

    with pytest.raises(RenamedError, match=r"Fitted: seed= is now random_state="):
        Fitted().set_params(seed=1)
    assert Fitted().set_params(random_state=2).random_state == 2


def test_a_new_keyword_passes():
    assert decide([0], random_state=3, confidence=0.5) == ([0], None, 0.5, 3)
    assert Options(random_state=4).random_state == 4
    assert Options(4) == Options(random_state=4)
    assert Estimator(1, calibration=2).calibration == 2


def test_a_keyword_that_never_was_is_pythons_error():
    with pytest.raises(TypeError, match="unexpected keyword argument 'nonsense'") as caught:
        decide([0], nonsense=1)
    assert not isinstance(caught.value, ArgumentError)


@pytest.mark.parametrize(
    ("thing", "parameters"),
    [
        (decide, ["targets", "logits", "confidence", "random_state"]),
        (Options, ["random_state"]),
        (Estimator, ["estimator", "calibration"]),
    ],
)
def test_the_signature_stays_visible(thing, parameters):
    assert list(inspect.signature(thing).parameters) == parameters


def test_scikit_learn_sees_the_parameters():
    base = pytest.importorskip("sklearn.base")

    class Model(base.BaseEstimator):
        @renamed(seed="random_state")
        def __init__(self, random_state=0):
            self.random_state = random_state

    assert base.clone(Model(random_state=7)).get_params() == {"random_state": 7}


def package_with_old_names(tmp_path, monkeypatch):
    (tmp_path / "house_of_words").mkdir()
    (tmp_path / "house_of_words" / "__init__.py").write_text(
        "from softargmax._renamed import gone_names\n"
        "kept = 1\n"
        "__getattr__ = gone_names(__name__, {'auroc': 'house_of_words.detection_auroc(known=, new=)'})\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "house_of_words", raising=False)


MESSAGE = r"house_of_words\.auroc is now house_of_words\.detection_auroc\(known=, new=\)"


def test_an_old_name_names_the_new_one(tmp_path, monkeypatch):
    package_with_old_names(tmp_path, monkeypatch)
    import house_of_words

    with pytest.raises(AttributeError, match=MESSAGE):
        house_of_words.auroc  # noqa: B018


def test_importing_an_old_name_names_the_new_one(tmp_path, monkeypatch):
    package_with_old_names(tmp_path, monkeypatch)
    with pytest.raises(ImportError, match=MESSAGE):
        from house_of_words import auroc  # noqa: F401


def test_an_old_name_is_not_there(tmp_path, monkeypatch):
    package_with_old_names(tmp_path, monkeypatch)
    import house_of_words

    assert not hasattr(house_of_words, "auroc")
    assert house_of_words.kept == 1


def test_a_name_that_never_was_gets_the_interpreters_suggestion(tmp_path):
    code = (
        "import sys, types; from softargmax._renamed import gone_names\n"
        "m = types.ModuleType('m'); sys.modules['m'] = m; m.softmax = 1\n"
        "m.__getattr__ = gone_names('m', {})\n"
        "m.softmaxx"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "module 'm' has no attribute 'softmaxx'. Did you mean: 'softmax'?" in result.stderr


class Curve:
    __getattr__ = gone_attributes(level="confidence", pieces="reliability.bins")
    confidence = 0.95


def test_an_old_attribute_names_the_new_one():
    with pytest.raises(AttributeError, match=r"^Curve\.level is now confidence$"):
        Curve().level  # noqa: B018


def test_an_attribute_that_never_was_is_pythons_error():
    with pytest.raises(AttributeError, match="^'Curve' object has no attribute 'nonsense'$"):
        Curve().nonsense  # noqa: B018


class Fitted:
    __getattr__ = gone_attributes(level="confidence")

    @property
    def threshold_(self):
        raise NotFittedError("call fit first")


def test_what_a_property_says_is_not_hidden():
    with pytest.raises(NotFittedError, match="^call fit first$"):
        Fitted().threshold_  # noqa: B018


def test_old_attributes_are_not_offered():
    assert "level" not in dir(Curve())
    assert not hasattr(Curve(), "level")
    assert Curve().confidence == 0.95


@provisional
class Fresh:
    """Hold nothing.

    Parameters
    ----------
    None
    """


class Grown(Fresh):
    """Hold more."""


def test_a_provisional_name_says_so_after_its_first_sentence():
    first, second, third = Fresh.__doc__.split("\n\n", 2)
    assert first == "Hold nothing."
    assert second == "Provisional: this may change in any release, without a deprecation before."
    assert third.startswith("Parameters\n----------")


def test_being_provisional_is_not_inherited():
    assert is_provisional(Fresh)
    assert not is_provisional(Grown)
    assert not is_provisional(decide)
    assert not is_provisional(3)


@deprecated("decide()", gone_in="0.9")
def old_decide(value):
    return value


def test_a_deprecated_function_warns_its_caller_and_works():
    with pytest.warns(DeprecationWarning, match=r"^old_decide goes in softargmax 0\.9; use decide\(\)$") as caught:
        assert old_decide(3) == 3
    assert caught[0].filename == __file__


@pytest.fixture
def lazy_package(tmp_path, monkeypatch):
    package = tmp_path / "lazy_words"
    package.mkdir()
    (package / "__init__.pyi").write_text("from . import here as here\nfrom .here import there as there\n")
    (package / "here.py").write_text("there = 3\n")
    (package / "__init__.py").write_text(
        "from softargmax._lazy import attach_stub\n"
        "__getattr__, __dir__, __all__ = attach_stub(__name__, __file__, {'auroc': 'detection_auroc()'})\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("lazy_words")
    for name in [name for name in sys.modules if name.startswith("lazy_words")]:
        del sys.modules[name]


def test_a_lazy_package_has_the_names_of_its_stub(lazy_package):
    assert lazy_package.__all__ == dir(lazy_package) == ["here", "there"]
    assert "lazy_words.here" not in sys.modules
    assert lazy_package.there == 3
    assert lazy_package.here is sys.modules["lazy_words.here"]


def test_a_lazy_package_names_the_new_word(lazy_package):
    with pytest.raises(AttributeError, match=r"lazy_words\.auroc is now detection_auroc\(\)"):
        lazy_package.auroc  # noqa: B018


def test_importing_an_old_name_from_a_lazy_package_names_the_new_word(lazy_package):
    with pytest.raises(ImportError, match=r"lazy_words\.auroc is now detection_auroc\(\)"):
        from lazy_words import auroc  # noqa: F401


def test_a_lazy_package_does_not_offer_old_names(lazy_package):
    assert "auroc" not in dir(lazy_package)


@pytest.mark.parametrize(
    ("thing", "old", "new"),
    [
        (lambda: sm.ConformalClassifier(), "alpha", "confidence"),
        (lambda: sm.ConformalClassifier(), "seed", "random_state"),
        (lambda: sm.SelectiveClassifier(), "seed", "random_state"),
        (lambda: sm.AutoCalibration(), "methods", "calibrations"),
        (lambda: sm.TemperatureScaling(), "method", "kind"),
    ],
)
def test_an_attribute_that_kept_an_old_keyword_names_the_new(thing, old, new):
    with pytest.raises(AttributeError, match=rf"\.{old} is now {new}"):
        getattr(thing(), old)
    assert not hasattr(thing(), old)
