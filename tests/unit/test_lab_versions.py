"""The same GET in two microversions: what came, went and changed, in text, as a table, and with fields."""

from dataclasses import replace

import pytest

from cloudlab import LabError
from cloudlab.client import microversions
from cloudlab.client.exchange import Exchange, Request, Response
from cloudlab.client.redact import Redactor
from cloudlab.show.json_difference import Change, json_difference
from cloudlab.show.versions import VersionDifference
from tests.steered import lab_in_process, new_server


@pytest.fixture
def lab():
    with lab_in_process() as lab:
        lab.start("02-flavors")
        yield lab


def compute(lab, path):
    return lab.endpoint("compute") + path


def signs(found):
    return {(change.sign, change.path) for change in found.changes}


def test_a_servers_flavor_is_embedded_from_2_47_on(lab):
    new_server(lab)
    found = lab.versions(compute(lab, "/servers/detail"), "2.46", "2.47")
    assert ("-", "servers.*.flavor.id") in signs(found)
    assert ("+", "servers.*.flavor.vcpus") in signs(found)
    assert ("~", "servers.*.flavor") not in signs(found)
    asked = [exchange.request.headers["OpenStack-API-Version"] for exchange in (found.a, found.b)]
    assert asked == ["compute 2.46", "compute 2.47"]
    assert [e.ordinal for e in lab.history.by("learner")[-2:]] == [found.a.ordinal, found.b.ordinal]
    assert "+ servers.*.flavor.vcpus: 1" in repr(found)
    assert "<td>+ came</td><td>servers.*.flavor.vcpus</td><td></td><td>1</td>" in found._repr_html_()


def test_a_key_pair_has_a_type_from_2_2_on(lab):
    lab.post(compute(lab, "/os-keypairs"), json={"keypair": {"name": "k", "public_key": lab.public_key}})
    found = lab.versions(compute(lab, "/os-keypairs"), "2.1", "2.2")
    assert found.changes == [Change("+", "keypairs.*.keypair.type", after="ssh")]
    assert "1 place in the body differs: 1 came." in repr(found)
    assert len(found) == 1


def test_images_are_gone_from_2_36_on(lab):
    found = lab.versions(compute(lab, "/images"), "2.35", "2.36")
    assert found
    assert found.changes == []
    assert "compute 2.35 → 200 OK\ncompute 2.36 → 404 Not Found: The resource could not be found." in repr(
        found
    )
    assert "The answers differ from their status on." in found._repr_html_()


def test_the_same_is_said_to_be_the_same(lab):
    found = lab.versions(compute(lab, "/flavors"), "2.1", "2.2")
    assert not found
    assert "The bodies are the same." in repr(found)
    refused = lab.versions(compute(lab, "/flavors"), "2.999", "x")
    assert refused  # 406 and 400
    assert "Minimum is 2.1 and maximum is 2.100." in repr(refused)
    assert "Both were refused." in repr(lab.versions(compute(lab, "/flavors"), "2.998", "2.999"))
    assert "(answered in 2.100)" in repr(lab.versions(compute(lab, "/flavors"), "2.1", "latest"))


def test_each_service_is_called_by_its_type(lab):
    volumes = lab.versions(lab.endpoint("volume") + "/volumes", "3.0", "3.71")
    assert volumes.b.request.headers["OpenStack-API-Version"] == "volume 3.71"
    usages = lab.versions(lab.urls["placement"] + "/usages?project_id=x", "1.8", "1.9")
    assert usages.a.request.headers["OpenStack-API-Version"] == "placement 1.8"
    assert [microversions.span(lab._session, kind)[:2] for kind in microversions.SERVICES] == [
        ("2.1", "2.100"),
        ("3.0", "3.71"),
        ("1.0", "1.39"),
    ]
    lab._session.catalog = None
    assert microversions.type_of(lab._session, lab.urls["nova"] + "/v2.1/servers") == "compute"


@pytest.mark.parametrize("path", ["/v3/projects", "0/v2.1/servers"])
def test_a_service_without_microversions_is_told_from_one_with(lab, path):
    root = lab.urls["keystone" if path.startswith("/") else "nova"]
    with pytest.raises(LabError, match="begins with the address of none of them"):
        lab.versions(root + path, "2.1", "2.2")


@pytest.mark.parametrize("version", [2.1, None, " "])
def test_a_version_is_text(lab, version):
    with pytest.raises(LabError, match="A version is text"):
        lab.versions(compute(lab, "/flavors"), "2.1", version)


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": True}, [Change("~", "a", 1, True)]),
        ({"a": None}, {}, [Change("-", "a")]),
        ({"a": {"b": 1}}, {"a": [1]}, [Change("~", "a", {"b": 1}, [1])]),
        ([1, 2], [1], [Change("-", "*", before=2)]),
        ([1], [1, 2, 3], [Change("+", "*", after=2, count=2)]),
        ([{"x": 1}, {"x": 2}], [{"x": 3}, {"x": 4}], [Change("~", "*.x", 1, 3, count=2)]),
        (1, 2, [Change("~", "", 1, 2)]),
    ],
)
def test_two_values_differ(before, after, changes):
    assert json_difference(before, after) == changes


def test_no_secret_is_shown(lab):
    found = lab.versions(compute(lab, "/flavors"), "2.1", "2.2")
    assert lab.token not in repr(found) + found._repr_html_()
    hidden = VersionDifference(
        answer(b'{"password": "sesame1"}'), answer(b'{"password": "sesame2", "n": "<b>"}'), Redactor()
    )
    assert hidden.changes == [Change("+", "n", after="<b>")]
    assert "sesame" not in repr(hidden) + hidden._repr_html_()
    assert "<td>&lt;b&gt;</td>" in hidden._repr_html_()


def answer(content):
    return Exchange(Request("GET", "http://x"), Response(200, "OK", content=content))


def test_what_is_no_json_is_not_compared():
    assert "no JSON to compare" in repr(VersionDifference(answer(b"a"), answer(b"b"), Redactor()))


class Shell:
    kernel = object()


def test_a_live_one_has_fields_and_the_range(lab, monkeypatch):
    ipywidgets = pytest.importorskip("ipywidgets", reason="ipywidgets isn't installed")
    from cloudlab.widgets import versions as widget

    url = compute(lab, "/images")
    assert set(lab.versions(url, "2.35", "2.36")._repr_mimebundle_()) == {"text/plain", "text/html"}
    lab._session.transport = replace(lab._session.transport, deterministic=False)
    lab.versions(url, "2.35", "2.36")
    assert lab.history[-1].purpose == "learner"  # nobody to show the range to: it isn't asked for
    monkeypatch.setattr("IPython.get_ipython", Shell)
    found = lab.versions(url, "2.35", "2.36")
    assert lab.history[-1].purpose == "versions"
    made = lab.history.count
    assert "application/vnd.jupyter.widget-view+json" in found._repr_mimebundle_()
    assert lab.history.count == made  # to show it asks nothing
    span = widget.range_of(lab._session, url)
    assert span == "compute has 2.1 to 2.100, says GET http://127.0.0.1:8774/v2.1/"
    panel = widget.Panel(lab._session, url, span, "2.1", "2.36", ipywidgets)
    assert span in panel.range.value
    assert all(field.description and field.tooltip for field in (panel.first, panel.second, panel.compare))
    assert not panel.first.continuous_update and not panel.second.continuous_update
    panel.compare.click()
    assert "compute 2.36 → 404 Not Found" in panel.shown.value
    assert [e.purpose for e in lab.history][-2:] == ["learner", "learner"]
    panel.second.value = ""
    panel.compare.click()
    assert '<p role="status">A version is text' in panel.shown.value
