"""What is read from pasted text: raw HTTP, and a curl line as curl itself reads it."""

import json
from pathlib import Path

import pytest

from cloudlab.client.curl_line import read_curl
from cloudlab.client.errors import LabError
from cloudlab.client.http_text import read_http
from cloudlab.client.paste import Paste

LINES = sorted((Path(__file__).parents[1] / "talk" / "lines").glob("*.sh"))
NOVA = "http://127.0.0.1:8774"
TENANT = f"{NOVA}/v2/[YOUR_TENANT_ID]"
PIPE = "The part after | is for a terminal: left out."
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
BRACKETS, FIRST = {"X-Auth-Token": "[YOUR_AUTH_TOKEN]"}, {"X-Auth-Token": "$1"}
TALK = {
    "0-token": ("POST", "http://127.0.0.1:5000/v2.0/tokens", JSON, "auth"),
    "1-flavors": ("GET", f"{TENANT}/flavors", BRACKETS, ""),
    "2-images": ("GET", f"{TENANT}/images", BRACKETS, ""),
    "3-keypair": ("POST", f"{TENANT}/os-keypairs", BRACKETS | JSON, "keypair"),
    "4-server": ("POST", f"{TENANT}/servers", FIRST | JSON, "server"),
    "5-volume": ("POST", "http://127.0.0.1:8776/v3/[YOUR_TENANT_ID]/volumes", FIRST | JSON, "volume"),
    "6-attach": (
        "POST",
        f"{TENANT}/servers/[YOUR_SERVER_ID]/os-volume_attachments",
        FIRST | JSON,
        "volumeAttachment",
    ),
}


@pytest.mark.parametrize("path", LINES, ids=lambda path: path.stem)
def test_the_talks_lines_as_they_stand(path):
    line = path.read_text()
    method, url, headers, about = TALK[path.stem]
    paste = read_curl(line)
    assert (paste.method, paste.url, paste.headers, paste.notes) == (method, url, headers, (PIPE,))
    assert paste.body.decode() == (line.split("'")[1] if about else "")
    assert not about or list(json.loads(paste.body)) == [about]


def curl(line: str) -> tuple[str, str, dict, str]:
    paste = read_curl(line)
    return paste.method, paste.url, paste.headers, paste.body.decode()


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("curl 127.0.0.1:5000/v3", ("GET", "http://127.0.0.1:5000/v3", {}, "")),
        ("curl -sSiX DELETE http://a/b", ("DELETE", "http://a/b", {}, "")),
        ("curl -XPUT --url http://a/b --request PATCH", ("PATCH", "http://a/b", {}, "")),
        ("curl http://a -d x=1 -d 'y=2' --data-ascii z", ("POST", "http://a", FORM, "x=1&y=2&z")),
        ("curl http://a -d '\n{\n}\n'", ("POST", "http://a", FORM, "\n{\n}\n")),
        ("curl http://a --data-raw @x", ("POST", "http://a", FORM, "@x")),
        ("curl http://a -d -x", ("POST", "http://a", FORM, "-x")),
        ("curl http://a -d ''", ("POST", "http://a", FORM, "")),
        ("curl http://a -X GET -d x", ("GET", "http://a", FORM, "x")),
        ("curl http://a -d x -H 'content-type: a/b'", ("POST", "http://a", {"content-type": "a/b"}, "x")),
        ("curl http://a -d x -H Content-Type:", ("POST", "http://a", {"Content-Type": None}, "x")),
        ("curl http://a --json '{' --json '}'", ("POST", "http://a", JSON | {"Accept": "application/json"}, "{}")),
        ("curl http://a -H 'X-Empty;' -HA:b:c", ("GET", "http://a", {"X-Empty": "", "A": "b:c"}, "")),
        ("curl http://a -A me", ("GET", "http://a", {"User-Agent": "me"}, "")),
        ("curl -I http://a", ("HEAD", "http://a", {}, "")),
        ("curl -G http://a?x=1 -d y=2 -d z", ("GET", "http://a?x=1&y=2&z", {}, "")),
        ("curl -G http://a -d ''", ("GET", "http://a", {}, "")),
        ("curl -G http://a", ("GET", "http://a", {}, "")),
        ("curl -g 'http://a/{b}[1]'", ("GET", "http://a/{b}[1]", {}, "")),
        ("curl http://[::1]:5000/v3", ("GET", "http://[::1]:5000/v3", {}, "")),
        ("\n# log in\n$ curl \\\n  http://a \\\n  -H \"A: \\\nb\\$\" \\\n", ("GET", "http://a", {"A": "b$"}, "")),
        ("!curl http://a | jq . | less", ("GET", "http://a", {}, "")),
        ("curl http://a -d 'it'\"'\"'s | &;`id` $(id) “q”'", ("POST", "http://a", FORM, "it's | &;`id` $(id) “q”")),
        ("curl http://a -d '{\"name\": \"it’s\"}'", ("POST", "http://a", FORM, '{"name": "it’s"}')),
    ],
)  # fmt: skip
def test_a_line_means_what_it_means_to_curl(line, wanted):
    assert curl(line) == wanted


def test_redirects_are_followed_when_curl_would():
    assert read_curl("curl -L http://a").follow
    assert not read_curl("curl http://a").follow


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("wget http://a", "There is no curl line here"),
        (" \n", "There is no curl line here"),
        ("curl", "There is no URL in it"),
        ("curl http://a http://b", "more than one URL in it"),
        ("curl -H X-Auth-Token: gAAAA http://a", "a word without quotes"),
        ("curl ‘http://a’", "‘ comes from a slide, and a shell does not know it. Type ' instead."),
        ("curl -H “A:b” http://a", '“ comes from a slide, and a shell does not know it. Type " instead.'),
        ("curl –H A:b http://a", "– comes from a slide, and a shell does not know it. Type - instead."),
        ("curl\u00a0http://a", "Type a plain space"),
        ("curl http://a -d '{“a”: 1}'", 'JSON wants " in their place'),
        ("curl http://a -d '{", "A quote is opened and never closed. Look for a ' without"),
        ("curl 'http://a", "Look for a ' without its partner"),
        ('curl "http://a', 'Look for a " without its partner'),
        ("curl http://a?x=1&y=2", "Put the URL in quotes"),
        ("curl http://a; ls", "begins another command"),
        ("curl http://a > file", "keeps it as r"),
        ("curl http://a\n-H A:b", "needs a \\ as its very last character"),
        ("curl http://a \\ \n -H A:b", "needs a \\ as its very last character"),
        ('curl -H "A: $(cat t)" http://a', "needs a shell"),
        ("curl -H A:$(cat t) http://a", "needs a shell"),
        ("curl http://a/`id`", "needs a shell"),
        ("curl http://a -d $'x'", "bash's own way"),
        ("curl -u a:b http://a", "curl's -u does. OpenStack asks for a token"),
        ("curl --output f http://a", "curl's --output does. The answer is the cell's value"),
        ("curl -sF a=b http://a", "curl's -F does. Leave it out"),
        ("curl --request=GET http://a", "curl's --request=GET does"),
        ("curl http://a -X", "curl's -X is followed by something"),
        ("curl http://a -X post", "capital letters"),
        ("curl http://a -d @f", "Here no file is read"),
        ("curl http://a --json @f", "Here no file is read"),
        ("curl http://a --data-binary @f", "Here no file is read"),
        ("curl http://a -H @f", "Here no file is read"),
        ("curl http://a -H secret", "What follows -H is not a header"),
        ("curl http://a -H A:1 -H a:2", "The header a is there twice"),
        ("curl http://a -H A:“b”", "slide"),
        ("curl http://a -H 'A: “b”'", "The header A holds '“', which HTTP does not allow there. Type \" instead"),
        ("curl http://a -H 'Transfer-Encoding: chunked'", "leave Transfer-Encoding out"),
        ("curl http://a -H Host:", "The lab always sends Host"),
        ("curl http://a -I -d x", "leave one of them out"),
        ("curl http://a -L -X POST", "-L and -X POST together"),
        ("curl http://a/{server_id}", "add -g"),
        ("curl -k https://a", "curl's -k does"),
        ("curl ftp://a", "can't be asked"),
        ("curl 'http://a/b c'", "can't be asked"),
    ],
)  # fmt: skip
def test_what_a_line_cannot_do_is_said_without_repeating_it(line, says):
    with pytest.raises(LabError) as error:
        read_curl(line)
    assert says in str(error.value)
    assert "gAAAA" not in str(error.value) and "secret" not in str(error.value)


def test_a_length_is_counted_again():
    paste = read_curl("curl http://a -d x -H 'Content-Length: 7'")
    assert paste.headers == FORM
    assert "the lab counts the body itself" in paste.notes[0]


POST = """
POST /v2.1/servers?x=1 HTTP/1.1
host: 127.0.0.1:8774
X-Auth-Token:  $OS_TOKEN
X-Empty:
Content-Length: 3

{"a": "é",

 "b": 1}

"""


def test_raw_http_with_a_path():
    paste = read_http(POST.replace("\n", "\r\n"))
    assert (paste.method, paste.url) == ("POST", f"{NOVA}/v2.1/servers?x=1")
    assert paste.headers == {"X-Auth-Token": "$OS_TOKEN", "X-Empty": ""}
    assert paste.body.decode() == '{"a": "é",\n\n "b": 1}'
    assert len(paste.notes) == 1 and paste.notes[0].startswith("Content-Length is left out")


def test_raw_http_with_a_whole_url():
    assert read_http(f"GET {NOVA}/x") == Paste("GET", f"{NOVA}/x", {})
    assert read_http("GET http://a HTTP/1.1\nHost: b").headers == {"Host": "b"}
    assert read_http("GET http://a HTTP/2").notes == ("HTTP/2 is read as HTTP/1.1, which the lab speaks.",)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("\n \n", "There is no request yet"),
        ("http://a", "Line 1 of what you pasted is not a request line"),
        ("\nGET http://a b c", "Line 2 of what you pasted is not a request line"),
        ("get http://a", "capital letters"),
        ("GET /v3", "a Host header"),
        ("GET /v3\nHost:", "a Host header"),
        ("GET http://a\nA: b\nsecret", "Line 3 of what you pasted is not a header"),
        ("GET http://a\nA secret: b", "Line 2 of what you pasted is not a header"),
        ("GET http://a\n A: b", "Line 2 of what you pasted is not a header"),
        ("GET compute/servers", "can't be asked"),
        ("POST http://a\n\n{“a”: 1}", 'JSON wants " in their place'),
    ],
)
def test_what_is_wrong_with_raw_http_is_said_by_its_line(text, says):
    with pytest.raises(LabError) as error:
        read_http(text)
    assert says in str(error.value)
    assert "secret" not in str(error.value)
