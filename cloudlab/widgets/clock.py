"""`lab.clock` to click: pause, run, step, a slider for the speed. It shows the time of the last click: no thread ticks.

The widget comes beside the static form, in one bundle: where nobody can click, text or table are shown.
"""

import html
from collections.abc import Callable
from typing import Any

from cloudlab.client.clock import CloudClock, how_it_stands, time_of, what_comes
from cloudlab.client.errors import LabError
from cloudlab.client.inside import Inside
from cloudlab.language import N_, _
from cloudlab.widgets.kernel import bundle

KEPT = 12  # lines of what happened
BUTTONS = ((N_("Pause"), "pause"), (N_("Run"), "play"), (N_("Step"), "step-forward"), (N_("Look"), "refresh"))
TOOLTIPS = {
    "Pause": N_("Have the cloud's clock stand still"),
    "Run": N_("Let the cloud's clock run, at the slider's speed"),
    "Step": N_("Jump to the next event"),
    "Look": N_("Show what the clock shows now"),
}


class ClickableClock(CloudClock):
    """A CloudClock that shows itself as a widget where it is `live`: somebody watches, in real time."""

    def __init__(self, inside: Inside, live: bool) -> None:
        super().__init__(inside)
        self._live = live and inside.is_open

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return bundle(self, self._live, lambda widgets: Panel(self, widgets).box)


class Panel:
    """The widget's parts, and what a click does."""

    def __init__(self, clock: CloudClock, widgets: Any) -> None:
        self._clock, self._lines = clock, list[str]()
        self.buttons = {
            name: widgets.Button(
                description=_(name),
                icon=icon,
                tooltip=_(TOOLTIPS[name]),
                layout=widgets.Layout(width="6.5em"),
            )
            for name, icon in BUTTONS
        }
        self.speed = widgets.FloatLogSlider(
            value=1, base=10, min=-1, max=2, step=0.1, description=_("Speed ×"), readout_format=".3g"
        )
        self.speed.continuous_update, self.speed.style.description_width = False, "5em"
        self.face, self.said = widgets.HTML(), widgets.HTML()
        row = widgets.HBox([*self.buttons.values(), self.speed], layout=widgets.Layout(flex_flow="row wrap"))
        self.box = widgets.VBox([self.face, row, self.said])
        for name, act in self._acts().items():
            self.buttons[name].on_click(lambda button, act=act: self._do(act))
        self._do(list)
        self.speed.observe(self._slid, "value")

    def _acts(self) -> dict[str, Callable[[], list[str]]]:
        clock = self._clock
        return {
            "Pause": lambda: [how_it_stands(clock.steer(paused=True))],
            "Run": lambda: [how_it_stands(clock.steer(paused=False))],
            "Step": clock.step_lines,
            "Look": list,
        }

    def _do(self, act: Callable[[], list[str]]) -> None:
        """Do it, and show what happened and how the clock stands then."""
        try:
            lines = act()
            self._show(self._clock.look())
        except LabError as error:
            lines = [str(error)]
        self._lines = [*self._lines, *lines][-KEPT:]
        text = html.escape("\n".join(self._lines))
        self.said.value = f'<pre role="log" aria-live="polite">{text}</pre>' if text else ""

    def _show(self, stands: dict[str, Any]) -> None:
        pace = _("paused") if stands["paused"] else _("running at ×{speed:g}", speed=stands["speed"])
        told = (f"<b>{time_of(stands)}</b>", pace, html.escape(what_comes(stands)))
        self.face.value = " · ".join(told)
        self.buttons["Pause"].disabled = stands["paused"]
        self.buttons["Run"].disabled = not stands["paused"]
        if _rounded(self.speed.value) != stands["speed"]:
            self.speed.value = stands["speed"]

    def _slid(self, change: Any) -> None:
        wanted = _rounded(change["new"])
        self._do(lambda: [how_it_stands(self._clock.steer(speed=wanted))])


def _rounded(speed: float) -> float:
    """What the slider shows of its value."""
    return float(f"{speed:.3g}")
