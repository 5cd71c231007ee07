"""Ctrl-C in the command line ends it, wherever it comes."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="sends itself SIGINT")

# A process started in the background inherits that Ctrl-C is ignored; this one is as a user starts it.
AS_THE_COMMAND = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.argv = ["softargmax"]
"""
INTERRUPT = "os.kill(os.getpid(), signal.SIGINT)\n"
INTO_A_LOOP = INTERRUPT + "for _ in range(10**9): pass\n"
BEGUN = "from softargmax import _interrupts\n_interrupts.begin()\n"


def ended(script, folder):
    """Run a script as the command would run, and give its status and what it wrote."""
    done = subprocess.run(
        [sys.executable, "-c", AS_THE_COMMAND + script], cwd=folder, capture_output=True, text=True, timeout=60
    )
    return done.returncode, done.stdout, done.stderr


def test_it_ends_the_process_at_once_while_the_package_is_loaded(tmp_path):
    while_numpy_is_loaded = f"""
class Finder:
    def find_spec(self, name, path, target=None):
        if name == "numpy":
            {INTERRUPT}
sys.meta_path.insert(0, Finder())
import softargmax
print("went on")
"""
    assert ended(while_numpy_is_loaded, tmp_path) == (130, "", "softargmax: interrupted\n")


def test_a_module_that_clears_it_while_it_is_loaded_does_not_lose_it(tmp_path):
    clears_all = f"import os, signal\ntry:\n    {INTERRUPT}    a = 1\nexcept BaseException:\n    pass\n"
    (tmp_path / "clears_all.py").write_text(clears_all)
    script = (
        BEGUN
        + """
try:
    import clears_all
    for _ in range(10**9): pass
except KeyboardInterrupt:
    print("raised once the module was there:", clears_all.a)
"""
    )
    assert ended(script, tmp_path) == (0, "raised once the module was there: 1\n", "")


def test_a_module_that_is_loaded_for_long_does_not_keep_it(tmp_path):
    (tmp_path / "takes_long.py").write_text("import os, signal\n" + INTO_A_LOOP)
    script = (
        BEGUN
        + """
try:
    import takes_long
except KeyboardInterrupt:
    print("raised")
"""
    )
    assert ended(script, tmp_path) == (0, "raised\n", "")


def test_where_nothing_can_be_raised_it_is_raised_afterwards(tmp_path):
    script = (
        BEGUN
        + f"""
class Thing:
    def __del__(self):
        {INTERRUPT}        for _ in range(1000): pass
try:
    thing = Thing()
    del thing
    for _ in range(10**9): pass
except KeyboardInterrupt:
    print("raised")
"""
    )
    assert ended(script, tmp_path) == (0, "raised\n", "")


def test_it_ends_the_process_without_a_word_when_all_is_done(tmp_path):
    assert ended(BEGUN + "_interrupts.end()\n" + INTO_A_LOOP, tmp_path) == (130, "", "")


@pytest.mark.parametrize(
    "script",
    [
        "import waits\n_interrupts.end()\n",
        "class Thing:\n    def __del__(self):\n        raise KeyboardInterrupt\n_interrupts.end()\nThing()\n",
    ],
    ids=["waits at the end", "is lost afterwards"],
)
def test_it_sets_no_alarm_that_may_come_when_python_has_ended(tmp_path, script):
    (tmp_path / "waits.py").write_text("import os, signal\n" + INTERRUPT)
    assert ended(BEGUN + script + "os.write(1, b'went on')", tmp_path) == (130, "", "")


def test_whoever_imports_the_package_keeps_the_handler_that_was_there(tmp_path):
    script = """
sys.argv = ["work.py"]
before = signal.getsignal(signal.SIGINT), sys.unraisablehook
import softargmax
print((signal.getsignal(signal.SIGINT), sys.unraisablehook) == before)
"""
    assert ended(script, tmp_path) == (0, "True\n", "")


def test_a_command_that_ignores_it_goes_on_ignoring_it(tmp_path):
    script = "signal.signal(signal.SIGINT, signal.SIG_IGN)\nimport softargmax\n" + INTERRUPT + "print('went on')"
    assert ended(script, tmp_path) == (0, "went on\n", "")
