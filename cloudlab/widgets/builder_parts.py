"""The request builder's parts, and how they lie: beside each other where there is room, else below."""

from typing import Any

from cloudlab.language import N_, _
from cloudlab.widgets.form_box import labelled

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
NO_FORM = N_("This call has no form here. If it needs a body, write it in the tab 'text'.")
STYLE = """<style>
.clb .widget-vbox, .clb .widget-hbox, .clb .widget-html, .clb .widget-html-content { min-width: 0; max-width: 100%; }
.clb .clb-labelled > label { text-align: left; max-width: 100%; width: auto; }
.clb .clb-labelled > input, .clb .clb-labelled > select, .clb .clb-labelled > textarea { width: 100%; flex: none; }
.clb .clb-labelled > select { height: var(--jp-widgets-inline-height); appearance: auto; background-image: none; }
body[data-jp-theme-light="false"] .clb { color-scheme: dark; }
.clb .widget-html-content { line-height: 1.4; }
.clb textarea, .clb-code { font-family: var(--jp-code-font-family, monospace); }
.clb-code { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; line-height: 1.4; }
</style>"""


class Parts:
    """The controls, each with its label, and `box` around them all. They do nothing by themselves."""

    def __init__(self, widgets: Any) -> None:
        self._make_call(widgets)
        self._make_body(widgets)
        self.send = widgets.Button(description=_("Send"), icon="paper-plane", tooltip=_("Make this call"))
        self.send.button_style = "primary"
        self.curl = widgets.Button(description=_("As curl"), icon="terminal")
        self.curl.tooltip = _("Show the call as a curl command, without making it")
        self.said, self.shown = widgets.HTML(), widgets.HTML()
        self.box = widgets.VBox(self._rows(widgets), layout=widgets.Layout(width="100%", max_width="60em"))
        self.box.add_class("clb")

    def _make_call(self, widgets: Any) -> None:
        self.method = _wide("1 1 7em", widgets.Dropdown(options=METHODS, description=_("Method")))
        self.service = _wide("2 1 12em", widgets.Dropdown(description=_("Service")))
        self.path = _wide("4 1 14em", widgets.Combobox(description=_("Path"), placeholder="/servers"))
        self.url, self.token = widgets.HTML(), widgets.HTML()
        # Translators: what may be typed as a microversion; with nothing there, the service takes its first
        first = _("for example 2.79; empty: the first")
        self.version = _wide("1 1 12em", widgets.Text(description=_("Microversion"), placeholder=first))
        many = _("Headers, one a line")
        headers = {"description": many, "placeholder": "Accept: application/json", "rows": 2}
        self.headers = _wide("3 1 16em", widgets.Textarea(**headers))

    def _make_body(self, widgets: Any) -> None:
        self.form, self.no_form = widgets.VBox(), widgets.HTML(_(NO_FORM))
        self.text = labelled(widgets.Textarea(description=_("Body: this text is sent"), rows=10))
        self.body = widgets.Tab([self.form, self.text], titles=(_("form"), _("text")), selected_index=0)

    def _rows(self, widgets: Any) -> list[Any]:
        def row(*parts: Any) -> Any:
            return widgets.HBox(parts, layout=widgets.Layout(flex_flow="row wrap", width="100%"))

        where = [row(self.method, self.service, self.path), self.url]
        what = [row(self.version, self.headers), self.token, self.body]
        return [widgets.HTML(STYLE), *where, *what, row(self.send, self.curl), self.said, self.shown]


def _wide(flex: str, control: Any) -> Any:
    control.layout.flex = flex
    return labelled(control)
