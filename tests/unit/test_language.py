"""Which language a process speaks, how a message takes its values, and which particle follows a name in Korean."""

import json
from pathlib import Path

import pytest

from cloudlab import language
from cloudlab.__main__ import main, parser
from cloudlab.client.transport import in_process
from cloudlab.lab import Lab
from cloudlab.language import N_, _, as_json, available, known, ngettext, retold, said, speaking, wanted
from cloudlab.particles import with_particle
from cloudlab.show.columns import columns, padded
from cloudlab.show.text import as_text

KOREAN_SYSTEM = {"LANG": "ko_KR.UTF-8"}


@pytest.fixture
def lessons(tmp_path):
    """A folder as notebooks/ is, with a Korean edition in it."""
    korean = tmp_path / "notebooks" / "ko"
    korean.mkdir(parents=True)
    for folder in (korean, korean.parent):
        (folder / "00-start.ipynb").write_text("{}")
    return tmp_path / "notebooks"


def test_the_folder_decides_first(lessons):
    assert wanted(lessons / "ko", {"CLOUDLAB_LANG": "en", "LANG": "en_US.UTF-8"}) == "ko"
    assert wanted(lessons / "ko" / "mine", {}) == "ko"


def test_an_edition_that_was_moved_keeps_its_language(lessons, tmp_path):
    moved = (lessons / "ko").rename(tmp_path / "ko")
    assert wanted(moved, {}) == "ko"


def test_a_home_that_is_called_ko_is_no_edition(tmp_path):
    home = tmp_path / "ko" / "work"
    home.mkdir(parents=True)
    assert wanted(home, {}) == "en"


def test_english_lessons_speak_english_on_a_korean_system(lessons):
    assert wanted(lessons, KOREAN_SYSTEM) == "en"
    assert wanted(lessons, {"CLOUDLAB_LANG": "ko"}) == "ko"


@pytest.mark.parametrize(
    ("environ", "speaks"),
    [
        ({"CLOUDLAB_LANG": "ko"}, "ko"),
        ({"CLOUDLAB_LANG": "ko_KR.UTF-8"}, "ko"),
        ({"CLOUDLAB_LANG": "en", **KOREAN_SYSTEM}, "en"),
        ({"CLOUDLAB_LANG": "xx", **KOREAN_SYSTEM}, "en"),
        (KOREAN_SYSTEM, "ko"),
        ({"LANGUAGE": "ko:en", "LANG": "en_US.UTF-8"}, "ko"),
        ({"LANGUAGE": "en:ko", "LANG": "ko_KR.UTF-8"}, "en"),
        ({"LC_ALL": "C", "LANG": "ko_KR.UTF-8"}, "en"),
        ({}, "en"),
    ],
)
def test_elsewhere_a_variable_decides_and_then_the_system(tmp_path, environ, speaks):
    assert wanted(tmp_path, environ) == speaks


def test_a_language_of_one_country_is_found_by_its_code(monkeypatch):
    monkeypatch.setattr(language, "available", lambda: ("ko", "pt_BR"))
    assert [known(code) for code in ("pt_BR.UTF-8", "pt-br", "ko-KR", "ko", "pt", "fr", "")] == [
        *("pt_BR", "pt_BR", "ko", "ko"),
        *("", "", ""),
    ]


def test_the_doctor_notes_a_language_that_the_kit_doesnt_speak(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("CLOUDLAB_LANG", "fr")
    main(["doctor", "--state", str(tmp_path)])
    assert "CLOUDLAB_LANG=fr" in capsys.readouterr().out
    for spoken in ("en", "en_US.UTF-8", "ko", ""):
        monkeypatch.setenv("CLOUDLAB_LANG", spoken)
        main(["doctor", "--state", str(tmp_path)])
        assert "CLOUDLAB_LANG" not in capsys.readouterr().out


def test_where_no_variable_is_set_the_system_is_asked(tmp_path):
    assert wanted(tmp_path, {}, "ko_KR") == "ko"


def test_a_message_takes_its_values():
    assert _("{name} is gone", name="web-1") == "web-1 is gone"
    assert _('lab.post(…, json={"server": …})') == 'lab.post(…, json={"server": …})'
    assert ngettext("{n} call", "{n} calls", 1) == "1 call"
    assert ngettext("{n} call of {who}", "{n} calls of {who}", 2, who="you") == "2 calls of you"


def test_another_language_ends_with_its_block():
    with speaking("ko"):
        assert _("Stopped.") != "Stopped."
        assert ngettext("{n} problem.", "{n} problems.", 2) == ngettext("{n} problem.", "{n} problems.", 2)
    assert _("Stopped.") == "Stopped."


@pytest.mark.parametrize(
    ("text", "spec", "expected"),
    [
        ("서버", "이", "서버가"),
        ("볼륨", "이", "볼륨이"),
        ("볼륨", "으로", "볼륨으로"),
        ("파일", "으로", "파일로"),
        ("서버", "으로", "서버로"),
        ("web-1", "을", "web-1을"),
        ("web-1", "으로", "web-1로"),
        ("web-2", "을", "web-2를"),
        ("202", "은", "202는"),
        ("404", "은", "404는"),
        ("403", "은", "403은"),
        ("ACTIVE", "이", "ACTIVE가"),
        ("GET", "을", "GET을"),
        ("POST", "을", "POST를"),
        ("SSH", "은", "SSH는"),
        ("URL", "을", "URL을"),
        ("volume", "은", "volume은"),
        ("server", "과", "server와"),
        ("MyFirstApiVm", "을", "MyFirstApiVm을"),
        ("m1.small", "으로", "m1.small로"),
        ("9f3a", "을", "9f3a를"),
        ("cirros'", "-이", "가"),
        ("…", "을", "…을(를)"),
    ],
)
def test_particles_go_by_how_a_word_is_read(text, spec, expected):
    assert with_particle(text, spec) == expected


def test_other_specs_are_pythons():
    assert with_particle("1000", ",") is None
    assert _("{size:,} bytes", size=1000) == "1,000 bytes"


def test_what_the_cloud_says_is_retold_from_json():
    inner = said("what is gone by now")
    text = said("nova connects {volume} to {server}", volume="data", server=inner)
    assert text == "nova connects data to what is gone by now"
    told = json.loads(json.dumps(as_json(text)))
    assert retold(told) == retold(text) == text
    with speaking("ko"):
        assert retold(told) == retold(text) != text
        assert "data" in retold(told)


def test_numbers_stay_numbers_and_paths_become_texts():
    told = as_json(said("{size:,} bytes in {path}", size=1000, path=Path("/tmp/x")))
    assert told["values"] == {"size": 1000, "path": "/tmp/x"}
    assert retold(told) == "1,000 bytes in /tmp/x"


def test_what_isnt_ours_is_told_as_it_is():
    assert retold("No such file") == "No such file" == as_json("No such file")


def test_a_table_of_messages_stays_english():
    with speaking("ko"):
        assert N_("Stopped.") == "Stopped."


def test_the_wire_says_the_same_in_every_language():
    lab = Lab(in_process(manual=True))
    exchange = lab.get(lab.urls["nova"] + "/v2.1/servers")
    english = as_text(exchange).splitlines()
    with speaking("ko"):
        korean = as_text(exchange).splitlines()
    differs = [line for line, other in zip(english, korean, strict=True) if line != other]
    assert (
        len(differs) == 2
        and differs[0].startswith("[1] GET ")
        and differs[1].startswith("401 Unauthorized: ")
    )


def test_the_command_speaks_korean(tmp_path, capsys):
    with speaking("ko"):
        assert main(["status", "--state", str(tmp_path)]) == 1
        assert "실행되고 있지 않습니다" in capsys.readouterr().out
        assert parser().format_help().startswith("사용법: python -m cloudlab")
        with pytest.raises(SystemExit):
            main(["dance"])
        assert "오류" in capsys.readouterr().err


def test_columns_know_that_hangul_is_wide():
    assert columns("서버 1") == 6
    assert padded("서버", 6) + "|" == "서버  |"


def test_korean_is_there():
    assert "ko" in available() and language.SOURCE not in available()
