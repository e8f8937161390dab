"""Error bodies of the WebOb layer are the same in the three services that have it (seen on 2025.2)."""

from typing import Any

import pytest

UNKNOWN = {
    "nova": ("/v2.1/nowhere", "The resource could not be found."),
    "cinder": ("/v3/nowhere", "The resource could not be found."),
    "glance": ("/v2/images/nowhere", "No image found with ID nowhere"),
}


@pytest.mark.parametrize("service", UNKNOWN)
def test_the_same_error_as_a_page_as_json_and_as_text(api: Any, service: str) -> None:
    path, sentence = UNKNOWN[service]

    def ask(accept: str) -> Any:
        answer = api.get(service, path, headers={"Accept": accept})
        assert answer.status_code == 404
        return answer

    page = ask("*/*")
    assert page.headers["Content-Type"] == "text/html; charset=UTF-8"
    assert page.text == (
        "<html>\n <head>\n  <title>404 Not Found</title>\n </head>\n <body>\n  <h1>404 Not Found</h1>\n"
        f"  {sentence}<br /><br />\n\n\n\n </body>\n</html>"
    )
    assert ask("application/json").json() == {
        "message": f"{sentence}<br /><br />\n\n\n",
        "code": "404 Not Found",
        "title": "Not Found",
    }
    text = ask("text/plain")
    assert text.headers["Content-Type"] == "text/plain; charset=UTF-8"
    assert text.text == f"404 Not Found\n\n{sentence}\n\n   "


def test_a_page_escapes_what_the_client_said_and_text_drops_its_tags(api: Any) -> None:
    path = "/v2/images?sort_key=<b>é"
    page = api.get("glance", path, headers={"Accept": "text/html"})
    assert "Invalid sort key: &lt;b&gt;&#233;. It must be" in page.text
    text = api.get("glance", path, headers={"Accept": "text/plain"})
    assert text.text.startswith("400 Bad Request\n\nInvalid sort key: é. It must be")


def test_glance_has_layouts_of_its_own_for_a_wrong_method_and_a_wrong_type(api: Any) -> None:
    as_json = {"Accept": "application/json"}
    method = api.put("glance", "/v2/images", headers=as_json)
    assert method.json()["message"] == "The method PUT is not allowed for this resource. <br /><br />\n"
    path = "/v2/images/5e9cecc5-ae7a-4f7e-b488-ed22daa0e2ab"
    kind = api.patch("glance", path, data=b"x", headers={**as_json, "Content-Type": "a/b; c=d"})
    assert kind.json()["message"] == (
        "The request media type a/b; c=d is not supported by this server.\n<br /><br />\n"
    )
    none = api.patch("glance", path, data=b"x", headers={**as_json, "Content-Type": None})
    assert "The request media type ${CONTENT_TYPE} is not supported" in none.json()["message"]
