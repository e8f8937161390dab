"""What a resource's states say in words: its kind, and what begins a move where that is no call as it is sent."""

from cloudlab.language import N_, _

BY_ITSELF = ""
KINDS = {"server": N_("server"), "volume": N_("volume"), "snapshot": N_("snapshot")}
CALLS = {
    BY_ITSELF: N_("by itself"),
    "(it fails)": N_("(it fails)"),
    "transfer accept, or DELETE": N_("transfer accept, or DELETE"),
}


def kind_words(kind: str) -> str:
    return _(KINDS[kind]) if kind in KINDS else kind


def call_words(by: str) -> str:
    return _(CALLS[by]) if by in CALLS else by
