from collections.abc import Callable

from peak_app.cli.checks.finding import Verdict
from peak_app.cli.checks.machine import home, node, python
from peak_app.config import Settings

Make = Callable[..., Settings]


def test_the_python_and_node_of_this_environment_fit(settings_for_tests: Make):
    assert [check(settings_for_tests()).verdict for check in (python, node)] == [Verdict.OK, Verdict.OK]


def test_a_home_that_is_no_folder_is_wrong_and_the_setting_is_named(settings_for_tests: Make):
    settings = settings_for_tests()
    settings.home.parent.mkdir(parents=True, exist_ok=True)
    settings.home.write_text("a file")
    assert home(settings).verdict is Verdict.WRONG
    assert home(settings).settings == ("PEAK_HOME",)
