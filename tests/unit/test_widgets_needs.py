"""`# needs: admin`: such a cell runs where the cloud has that, and says so where it hasn't."""

import pytest

from cloudlab import connect
from cloudlab.client.errors import LabError
from cloudlab.client.needs import NEEDS, lacking
from cloudlab.widgets.needs import Watch
from tests.realish import real_lab, real_transport
from tests.unit.a_shell import a_shell


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    with a_shell(tmp_path_factory.mktemp("ipython")) as shell:
        yield shell


def ran(shell, words, capsys):
    """Whether a cell that needs these words was run, and what it said instead. It raises nothing in any case."""
    shell.user_ns["done"] = False
    capsys.readouterr()
    shell.run_cell(f"# needs: {words}\ndone = True").raise_error()
    return shell.user_ns["done"], capsys.readouterr().out


def test_a_real_cloud_lacks_what_its_settings_do_not_name(shell, capsys):
    real_lab()
    for word, says in (
        ("admin", "an administrator's account, and CLOUDLAB_ADMIN names none."),
        ("neighbour", "a user of another project, and CLOUDLAB_NEIGHBOUR names none."),
        ("inside", "only the embedded one lets you in"),
    ):
        done, said = ran(shell, word, capsys)
        assert not done and said.startswith("Not possible here: ") and says in said
    done, said = ran(shell, "admin, inside", capsys)
    assert not done and said.count("Not possible here") == 2
    assert not ran(shell, "inside,sandbox", capsys)[0]


def test_with_an_administrator_it_is_run(shell, capsys):
    real_lab("admin")
    assert ran(shell, "admin", capsys) == (True, "")
    assert not ran(shell, "admin, neighbour", capsys)[0]
    real_lab("admin", "neighbour")
    assert ran(shell, "admin, neighbour", capsys) == (True, "")


def test_on_the_embedded_cloud_every_cell_is_run(shell, capsys):
    real_lab()
    connect()  # the newest lab counts
    assert ran(shell, ", ".join(NEEDS), capsys) == (True, "")


def test_the_shell_is_watched_once(shell):
    for _again in range(2):
        real_lab()
    assert sum(isinstance(one, Watch) for one in shell.input_transformers_cleanup) == 1


def test_only_the_first_line_counts(shell, capsys):
    real_lab()
    capsys.readouterr()
    shell.run_cell("x = 1\n# needs: admin\nprint(x)")
    shell.run_cell("print(2)  # needs: admin")
    shell.run_cell("")
    assert capsys.readouterr().out == "1\n2\n"


def test_a_need_that_nobody_knows_is_an_error_everywhere(shell, capsys):
    connect()
    result = shell.run_cell("# needs: amdin\n1 + 1")
    said = capsys.readouterr().out
    assert isinstance(result.error_before_exec, LabError)
    assert "A step can't need 'amdin'. It can need: admin, neighbour, inside, sandbox." in said
    assert "Traceback" not in said
    assert shell.check_complete("# needs: amdin\n1 + 1\n")[0] == "complete"


def test_what_is_lacking_is_asked_of_the_cloud():
    transport = real_transport("neighbour")
    assert [word for word in NEEDS if lacking(transport, word)] == ["admin", "inside", "sandbox"]
