"""The application that the commands are added to."""

from cyclopts import App

from softargmax import __version__

app = App(
    name="softargmax",
    help="Everything between a classifier's logits and a decision you can trust.\n\n"
    "Add --debug to any command to see where an error comes from.",
    version=__version__,
    help_format="plaintext",  # the texts have no markup, and reading Markdown is a tenth of the time to start
    help_on_error=False,
    result_action="return_value",
    suppress_keyboard_interrupt=False,
)
