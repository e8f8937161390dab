"""What is hidden of a real cloud, and what isn't touched."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudlab.client.errors import LabError
from cloudlab.client.veil import Veil, refuse_labels
from tests.realish import real_lab, remains
from tests.unit.learner import Learner

ID, OTHER = "6f70656e-7374-4163-a279-636c6f75646c", "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
HEX, HOST_ID = "0123456789abcdef" * 2, "0123456789abcd" * 4
V6, MAC = "2001:db8:85a3::8a2e:370:7334", "fa:16:3e:0b:1c:2d"
KEYSTONE = "https://identity.cloud.example:5000/v3"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"server {ID} of {HEX}", "server ‹id 1› of ‹id 2›"),
        (f"req-{ID}", "req-‹id 1›"),
        (f"hostId {HOST_ID}, again {HOST_ID}, {'ab' * 32}", "hostId ‹id 1›, again ‹id 1›, ‹id 2›"),
        (f"{ID.upper()} {ID}", "‹id 1› ‹id 1›"),
        (f"/v3/{HEX}/volumes?marker={ID}&limit=1", "/v3/‹id 1›/volumes?marker=‹id 2›&limit=1"),
        (f"AUTH_{HEX} volume-{ID}_x", "AUTH_‹id 1› volume-‹id 2›_x"),
        (f"{ID}; {ID[:8]}… {ID[:23]}... {OTHER[:8]}…", "‹id 1›; ‹id 1›… ‹id 1›... ‹id 2›…"),
        (f"?id=%7B{HEX}%7D", "?id=%7B‹id 1›%7D"),
        ("198.51.100.7 and 198.51.100.7.", "‹address 1› and ‹address 1›."),
        (f"https://198.51.100.7:8774/ [{V6}]:80 {MAC}", "https://‹address 1›:8774/ [‹address 2›]:80 ‹address 3›"),
        ("10.1.0.0/24 fd00:1::/64 fe80::1%eth0", "‹address 1›/24 ‹address 2›/64 ‹address 3›%eth0"),
        (f"mac={MAC.replace(':', '%3A')}&at=%2F10.0.0.1", "mac=‹address 1›&at=%2F‹address 2›"),
        ("2001:0db8:0:0:0:0:0:1, ::ffff:10.0.0.1", "‹address 1›, ::ffff:‹address 2›"),
        ("host-10-0-0-5.openstacklocal. 10.0.0.5", "host-‹address 1›.openstacklocal. ‹address 1›"),
        ("host-2001-db8--5 2001:db8::5 2001:db8:85a3:8d3…", "host-‹address 1› ‹address 1› ‹address 2›…"),
        ("host-10-0-0-5에서 10.0.0.5에서", "host-‹address 1›에서 ‹address 1›에서"),
        (f"mac:{MAC}", "mac:‹address 1›"),
        (f"\x1b[32m{ID}\x1b[0m \x1b[1m10.0.0.1\x1b[0m", "\x1b[32m‹id 1›\x1b[0m \x1b[1m‹address 1›\x1b[0m"),
        (f"&quot;{ID}&quot; &#x27;{MAC}&#x27;", "&quot;‹id 1›&quot; &#x27;‹address 1›&#x27;"),
        (KEYSTONE, "https://‹host 1›:5000/v3"),
        ("Identity.Cloud.Example, compute.cloud.example.", "‹host 1›, ‹host 2›."),
        (r"'\nidentity.cloud.example' %2Fidentity.cloud.example", r"'\n‹host 1›' %2F‹host 1›"),
        ("\x1b[0midentity.cloud.example\x1b[0m", "\x1b[0m‹host 1›\x1b[0m"),
        ("identity.cloud.example에서, ...identity.cloud.example", "‹host 1›에서, ...‹host 1›"),
        ("http://controller:8774 controller:9292", "http://‹host 1›:8774 ‹host 1›:9292"),
        ("http://controller/identity the controller", "http://‹host 1›/identity the controller"),
    ],
)  # fmt: skip
def test_what_is_hidden(text, shown):
    veil = Veil([KEYSTONE, "http://controller/identity"])
    assert veil.text(text) == shown
    assert veil.text(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "00000000-0000-0000-0000-000000000000 127.0.0.1 localhost 0.0.0.0/0 :: ::1 255.255.255.0",
        "OpenStack-API-Version: compute 2.100; curl 8.5.0; 2.4.57.1.9; 3.12",
        "2026-01-01T12:34:56.789012Z 12:34:56 1:02:03:04",
        "x[::2] std::vector face::book 1::2 feed::Item [2:30:1]",
        "SHA1 aa:bb:cc:dd:ee:ff:00:11:22:33:44:55:66:77:88:99 is a key pair's",
        "d41d8cd9-8f00 abcdef0123456789 #a1b2c3d4e5 12345678",
        "the controller isn't a host here, nor is cloud-example or notidentity.cloud.examples",
        "http://169.254.169.254/openstack/latest",
    ],
)
def test_what_is_not_touched(text):
    assert Veil([KEYSTONE, "http://controller:5000"]).text(text) == text


def test_once_asked_nothing_is_hidden():
    veil = Veil()
    veil.is_open = True
    assert veil.text(ID) == ID


def test_a_host_is_hidden_once_it_is_known():
    veil = Veil(["http://10.0.0.1:5000", "http://localhost", "no url", "http://[bad"])
    assert veil.text("nova.acme.example localhost") == "nova.acme.example localhost"
    veil.add(["http://acme.example/identity"])
    assert veil.text("nova.acme.example localhost") == "‹host 1› localhost"


def test_the_values_in_json_are_hidden():
    assert Veil().data({ID: [MAC, 1, None, {"a": (ID,)}]}) == {
        "‹id 1›": ["‹address 1›", 1, None, {"a": ["‹id 1›"]}]
    }


# Chance looks for what the examples forget.

AROUND = st.text(st.characters(codec="utf-8", exclude_characters="0123456789abcdefABCDEF.:-%"), max_size=12)
ADDRESSES = st.one_of(
    st.ip_addresses(v=4).filter(lambda a: not str(a).startswith(("127.", "255.", "0.0.0.0", "169.254.169.254"))),
    st.ip_addresses(v=6, network="2000::/3"),
    st.ip_addresses(v=6, network="fc00::/7"),
    st.ip_addresses(v=6, network="fe80::/10"),
).map(str)  # fmt: skip
IDS = st.uuids(allow_nil=False).flatmap(lambda one: st.sampled_from([str(one), one.hex, str(one).upper()]))
MACS = st.binary(min_size=6, max_size=6).filter(any).map(lambda six: six.hex(":"))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(AROUND, st.one_of(IDS, ADDRESSES, MACS)), min_size=1), AROUND)
def test_none_survives_and_the_text_around_does(parts, rest):
    veil, values = Veil(), {}
    shown = veil.text("".join(around + "|" + value + "|" for around, value in parts) + rest)
    left = iter(shown.split("|"))
    expected = "".join(around + "|" + value + "|" for around, value in parts).split("|")
    for was in expected[:-1]:
        now = next(left)
        if was != now:
            assert now.startswith("‹") and values.setdefault(was.lower(), now) == now
        else:
            assert not any(was == value for _, value in parts)
    assert len(set(values.values())) == len(values)
    assert shown.endswith(rest)


@settings(max_examples=200, deadline=None)
@given(st.text(), st.uuids(allow_nil=False), st.text())
def test_no_uuid_survives_wherever_it_stands(before, one, after):
    assert str(one) not in Veil().text(f"{before}{one}{after}")


@settings(max_examples=100, deadline=None)
@given(
    st.text(st.sampled_from("0189afm:.-/ %…\n‹›é")).filter(
        lambda text: len(text) < 12 and text.count(".") < 3
    )
)
def test_a_text_too_short_for_an_id_is_unchanged_unless_it_is_an_address(text):
    assert Veil([KEYSTONE]).text(text) == text or "::" in text or "…" in text


def test_no_id_of_a_whole_story_survives_in_any_form():
    learner = Learner(lab=real_lab())
    lab = learner.lab
    server, volume = learner.server(), learner.volume()
    learner.attach(server, volume)
    veil = Veil()
    for exchange in lab.history:
        veil.learn(exchange)
    road, picture = lab.states(lab.get(f"{lab.endpoint('compute')}/servers/{server}")), lab.map()
    forms = [*road._repr_mimebundle_().values(), picture.text(), picture.svg(), picture.mermaid()]
    for exchange in lab.history:
        forms += [*exchange._repr_mimebundle_().values(), exchange.as_curl(), exchange.as_requests()]
    assert len(remains("\n".join(forms))) > 20
    hidden = [veil.text(form) for form in forms]
    assert remains("\n".join(hidden)) == set()
    assert veil.text("\n".join(forms)) == "\n".join(hidden)


# A label isn't a value.


@pytest.mark.parametrize("label", ["‹id 1›", "‹address 12›", "‹host 1›"])
def test_a_label_is_refused_with_the_way_to_its_value(label):
    with pytest.raises(LabError, match=rf"{label} only says where a value was.*lab\.show_ids\(\)"):
        refuse_labels(f"http://a/{label}")
    refuse_labels("‹token 1› ‹id one› id 1")


@pytest.mark.parametrize(
    "more", [{"json": {"server": ["‹id 1›"]}}, {"params": {"a": "‹id 1›"}}, {"data": "‹id 1›"}]
)
def test_a_label_is_not_sent(more):
    lab = Learner().lab
    count = lab.history.count
    for url, arguments in ((lab.urls["nova"] + "/‹id 1›", {}), (lab.urls["nova"], more)):
        with pytest.raises(LabError, match="only says where a value was"):
            lab.post(url, **arguments)
    assert lab.history.count == count
