# A notebook's kernel runs this before its first cell: PYTHONSTARTUP names it (see plugin.py). Its clouds' exchanges go
# into a file, where the test process reads and judges them. No name stays behind in the notebook.


def _hand_over_exchanges():
    import os
    import sys
    from importlib import util

    file = os.environ.get("CLOUDLAB_TEST_EXCHANGES")
    if not file or os.environ.get("CLOUDLAB_MODE") != "process":
        return
    name = "cloudlab_tests_tap"
    spec = util.spec_from_file_location(name, os.path.join(os.path.dirname(__file__), "tap.py"))  # noqa: PTH118, PTH120
    sys.modules[name] = tap = util.module_from_spec(spec)
    spec.loader.exec_module(tap)
    tap.install(tap.File(file).append)


_hand_over_exchanges()
del _hand_over_exchanges
