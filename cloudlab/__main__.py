"""python -m cloudlab: the embedded cloud from a terminal. `up` is waited for: heavy imports stay in commands."""

import argparse
import json
import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cloudlab.client.errors import LabError
from cloudlab.language import N_, _, ngettext, retold, said
from cloudlab.sim import home

PASSWORD = "secret"  # published: every user of the embedded cloud has it
USERS = {"demo": "demo", "demo_reader": "demo", "admin": "admin", "alt_demo": "alt_demo"}  # user → project
SERVICES = ("keystone", "nova", "cinder", "placement", "glance", "neutron")
IN_THE_WAY = ("OS_CLOUD", "OS_SYSTEM_SCOPE", "OS_TOKEN", "OS_USER_DOMAIN_ID", "OS_USER_DOMAIN_NAME")
NOT_RUNNING = N_("The embedded cloud is not running. Start it: python -m cloudlab up")


def up(args: argparse.Namespace) -> int:
    """start the embedded cloud (or say that it runs)"""
    folder = _folder(args)
    already = home.running(folder)
    if already:
        return _say_already(already, args)
    options = {
        "profile": args.profile,
        "seed": args.seed,
        "legacy_v2": not args.no_v2,
        "ports": dict(args.port),
    }
    if args.foreground:
        return _foreground(folder, options)
    _say_started(home.start(folder, **options))
    return 0


def _foreground(folder: Path, options: dict[str, Any]) -> int:
    from cloudlab.sim.server import serve

    def ready(state: home.State) -> None:
        _say_started(state)
        print(_("Ctrl-C stops it."), flush=True)

    serve(folder, options, ready)
    print(_("Stopped."))
    return 0


def _say_started(state: home.State) -> None:
    for service, wanted in state.get("moved", {}).items():
        port = state["ports"][service]
        print(
            _(
                "Port {wanted} is taken by another program: {service} moves to {port}, and the catalog says so.",
                wanted=wanted,
                service=service,
                port=port,
            )
        )
    print(
        _(
            "The embedded cloud runs (process {pid}): log in at {url}, demo / {password}.",
            pid=state["pid"],
            url=_auth_url(state),
            password=PASSWORD,
        )
    )


def _say_already(state: home.State, args: argparse.Namespace) -> int:
    values = {"pid": state["pid"], "since": state["started_at"], "url": _auth_url(state)}
    print(_("Already running (process {pid}, since {since}): {url}", **values))
    # Ids come from the seed: another one means new contents.
    for name, first in (("seed", "down; python -m cloudlab reset"), ("profile", "down")):
        asked = getattr(args, name)
        if asked is not None and asked != state.get(name):
            kept = {"name": name, "kept": state.get(name), "first": first}
            print(_("It keeps its {name} {kept}; to change it, first: python -m cloudlab {first}", **kept))
    return 0


def down(args: argparse.Namespace) -> int:
    """stop it; what was made stays"""
    print(_("Stopped.") if home.stop(_folder(args)) else _("It was not running."))
    return 0


def status(args: argparse.Namespace) -> int:
    """say whether it runs, and where"""
    from cloudlab.show.columns import padded

    folder = _folder(args)
    state = home.running(folder)
    print(padded(_("state folder"), 13), folder)
    if state is None:
        print(_(NOT_RUNNING))
        return 1
    for name in ("pid", "started_at", "seed", "profile"):
        print(f"{name:<13} {state[name]}")
    for service in SERVICES:
        print(f"{service:<13} http://127.0.0.1:{state['ports'][service]}")
    return 0


def reset(args: argparse.Namespace) -> int:
    """go back to the first contents; everything made since is gone"""
    folder = _folder(args)
    state = home.running(folder)
    if state:
        home.control(state, "POST", "/reset")
    else:
        with home.owned(home.make_folder(folder)) as ours:
            if not ours:
                raise home.HomeError(home.SILENT)
            home.forget(folder)
    print(_("Reset: the cloud has its first contents again."), *([] if state else [_("It is not running.")]))
    return 0


def env(args: argparse.Namespace) -> int:
    """print what a shell needs: eval "$(python -m cloudlab env)" """
    folder = _folder(args)
    state = home.running(folder)
    if state is None:
        raise home.HomeError(said(NOT_RUNNING))
    written = _write_clouds(Path(args.write or folder), _auth_url(state))
    print("\n".join(_exports(_variables(state, args, written), args.shell)))
    return 0


def _variables(state: home.State, args: argparse.Namespace, clouds: Path) -> dict[str, str]:
    """What OpenStack's tools read. They refuse a token beside a way to log in by password, so it is one of the two.

    OS_USER_DOMAIN_ID belongs to the password alone: with a token the openstack command ends in a TypeError.
    """
    project = args.project or USERS[args.user]
    token, project_id = _token(state, args.user, project)
    if args.no_token:
        login = {"OS_AUTH_TYPE": "v3password", "OS_USER_DOMAIN_ID": "default"}
    else:
        login = {"OS_AUTH_TYPE": "v3token", "OS_TOKEN": token}
    return {
        "OS_AUTH_URL": _auth_url(state),
        "OS_IDENTITY_API_VERSION": "3",
        "OS_USERNAME": args.user,
        "OS_PASSWORD": PASSWORD,
        "OS_PROJECT_NAME": project,
        "OS_PROJECT_DOMAIN_ID": "default",
        "OS_PROJECT_ID": project_id,
        "OS_REGION_NAME": "RegionOne",
        "OS_CLIENT_CONFIG_FILE": str(clouds),
        **login,
    }


def _exports(values: dict[str, str], shell: str) -> list[str]:
    """Lines for a shell; what would get in their way is unset."""
    in_the_way = [name for name in IN_THE_WAY if name in os.environ and name not in values]
    if shell == "powershell":
        quoted = {name: "'" + value.replace("'", "''") + "'" for name, value in values.items()}
        return [f"Remove-Item Env:{name}" for name in in_the_way] + [
            f"$Env:{n} = {v}" for n, v in quoted.items()
        ]
    return [f"unset {name}" for name in in_the_way] + [
        f"export {n}={shlex.quote(v)}" for n, v in values.items()
    ]


def _token(state: home.State, user: str, project: str) -> tuple[str, str]:
    """A fresh token and the project's id, by the ordinary call. Raises HomeError."""
    from http.client import HTTPConnection

    domain = {"id": "default"}
    identity = {
        "methods": ["password"],
        "password": {"user": {"name": user, "domain": domain, "password": PASSWORD}},
    }
    body = {"auth": {"identity": identity, "scope": {"project": {"name": project, "domain": domain}}}}
    connection = HTTPConnection("127.0.0.1", state["ports"]["keystone"], timeout=30)
    connection.request("POST", "/v3/auth/tokens", json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    content = json.loads(answer.read())
    connection.close()
    if answer.status != 201:
        raise home.HomeError(
            said(
                "Keystone gave no token to {user} in {project}: {content}",
                user=user,
                project=project,
                content=content,
            )
        )
    return answer.headers["X-Subject-Token"], content["token"]["project"]["id"]


def _write_clouds(folder: Path, auth_url: str) -> Path:
    """`clouds.yaml` with a cloud for each user, as every OpenStack tool reads it."""
    lines = [
        "# "
        + _("Written by `python -m cloudlab env`. The passwords are public: this cloud is for learning."),
        "clouds:",
    ]
    for user, project in USERS.items():
        name = "cloudlab" if user == "demo" else f"cloudlab-{user.replace('_', '-')}"
        lines += [
            f"  {name}:",
            "    auth:",
            f"      auth_url: {auth_url}",
            f"      username: {user}",
            f"      password: {PASSWORD}",
            "      user_domain_id: default",
            f"      project_name: {project}",
            "      project_domain_id: default",
            "    region_name: RegionOne",
            "    identity_api_version: 3",
        ]
    path = home.make_folder(folder) / "clouds.yaml"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path.resolve()


def save(args: argparse.Namespace) -> int:
    """save the whole cloud as NAME.cloud in this folder"""
    from cloudlab.client import saves

    print(saves.save(_order(args), args.name, args.replace))
    return 0


def restore(args: argparse.Namespace) -> int:
    """have the cloud as it was when it was saved; what is there now is lost"""
    from cloudlab.client import saves

    print("\n".join(saves.restore(_order(args), args.name, None)))
    return 0


def diff(args: argparse.Namespace) -> int:
    """say what differs from one saved cloud to another, or to now"""
    from cloudlab.client import saves
    from cloudlab.client.redact import Redactor

    print(saves.diff(_order(args), args.a, args.b, Redactor((PASSWORD,))))
    return 0


def _order(args: argparse.Namespace) -> Callable[..., dict[str, Any]]:
    """The running cloud's control, as the learner's side knows it. Raises HomeError, and then LabError."""
    from cloudlab.client.transport import control_over_sockets

    state = home.running(_folder(args))
    if state is None:
        raise home.HomeError(said(NOT_RUNNING))
    rows = control_over_sockets(state)
    return lambda method, path, **order: rows(method, path, order)


def compare(args: argparse.Namespace) -> int:
    """walk the lessons' calls on a real cloud and here, and say where the answers differ"""
    from cloudlab.compare import command

    try:
        return command.run(args.cloud, args.lesson, args.save, args.all)
    except LabError as error:
        print(retold(error.args[0]), file=sys.stderr)
        return command.COULD_NOT


def doctor(args: argparse.Namespace) -> int:
    """look for what is wrong, and say what to do"""
    from cloudlab.show.columns import padded
    from cloudlab.sim.doctor import examine

    findings = list(examine(_folder(args)))
    for finding in findings:
        print(padded(_(finding.level), 8), retold(finding.what))
        if finding.advice:
            print(f"{'':<8} → {retold(finding.advice)}")
    bad = sum(finding.level == "problem" for finding in findings)
    print(ngettext("{n} problem.", "{n} problems.", bad) if bad else _("Nothing is in the way."))
    return 1 if bad else 0


def _auth_url(state: home.State) -> str:
    return f"http://127.0.0.1:{state['ports']['keystone']}/v3"


def _folder(args: argparse.Namespace) -> Path:
    return Path(args.state).expanduser() if args.state else home.default_state_dir()


def _port(text: str) -> tuple[str, int]:
    """keystone=5001 → ("keystone", 5001)"""
    service, number = text.partition("=")[::2]
    if service not in SERVICES or not number.isdigit() or int(number) > 65535:
        raise argparse.ArgumentTypeError(
            _(
                "{text} is not SERVICE=NUMBER, with SERVICE one of {services}",
                text=repr(text),
                services=", ".join(SERVICES),
            )
        )
    return service, int(number)


# argparse's own words, for the catalogues. Another Python's that isn't here stays English.
ARGPARSE = (
    N_("usage: "),
    N_("options"),
    N_("positional arguments"),
    N_("show this help message and exit"),
    N_("%(prog)s: error: %(message)s\n"),
    N_("argument %(argument_name)s: %(message)s"),
    N_("expected one argument"),
    N_("invalid %(type)s value: %(value)r"),
    N_("invalid choice: %(value)r (choose from %(choices)s)"),
    N_("the following arguments are required: %s"),
    N_("unrecognized arguments: %s"),
    N_("ambiguous option: %(option)s could match %(matches)s"),
    N_("ignored explicit argument %r"),
)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    argparse._, argparse.ngettext = _, ngettext  # type: ignore[attr-defined]  # its own words: usage, options, errors
    top = argparse.ArgumentParser(
        prog="python -m cloudlab", description=_("The embedded OpenStack, on 127.0.0.1 only.")
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for act in (up, down, status, reset, env, save, restore, diff, compare, doctor):
        about = _((act.__doc__ or "").strip())  # a message, too: docs/editions/extract.py
        command = commands.add_parser(act.__name__, help=about, description=about)
        command.set_defaults(act=act, state=None)
        if act is not compare:  # its embedded cloud is in its own process
            where = _("its state folder (default: $CLOUDLAB_STATE or your own)")
            command.add_argument("--state", metavar="DIR", help=where)
    _add_up_options(commands.choices["up"])
    _add_env_options(commands.choices["env"])
    _add_saving_options(commands.choices)
    _add_compare_options(commands.choices["compare"])
    return top


def _add_up_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--foreground", action="store_true", help=_("stay in this terminal; Ctrl-C stops it")
    )
    command.add_argument(
        "--profile", choices=("instant", "classroom"), help=_("how long things take (classroom)")
    )
    command.add_argument("--seed", type=int, metavar="N", help=_("where ids come from (1: the lessons' ids)"))
    command.add_argument(
        "--no-v2", action="store_true", help=_("without Keystone's v2.0, as today's clouds are")
    )
    command.add_argument(
        "--port",
        type=_port,
        action="append",
        default=[],
        metavar="SERVICE=N",
        help=_("another port; 0 is any free one"),
    )


def _add_env_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--user", choices=sorted(USERS), default="demo", help=_("who you are (demo)"))
    command.add_argument("--project", metavar="NAME", help=_("where you work (the user's own project)"))
    command.add_argument(
        "--no-token", action="store_true", help=_("for tools that log in by password themselves")
    )
    command.add_argument("--write", metavar="DIR", help=_("where clouds.yaml goes (the state folder)"))
    shells = ("sh", "powershell")
    command.add_argument(
        "--shell",
        choices=shells,
        default=shells[os.name == "nt"],
        help=_("whose lines to print (this system's)"),
    )


def _add_saving_options(commands: dict[str, argparse.ArgumentParser]) -> None:
    commands["save"].add_argument("name", metavar="NAME", help=_("letters, digits, '.', '_' and '-'"))
    commands["save"].add_argument("--replace", action="store_true", help=_("also where that file is there"))
    commands["restore"].add_argument("name", metavar="NAME", help=_("a name in this folder, or a path"))
    commands["diff"].add_argument("a", metavar="A", help=_("a saved cloud: a name in this folder, or a path"))
    commands["diff"].add_argument("b", metavar="B", nargs="?", help=_("another one (now)"))


def _add_compare_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--cloud", metavar="NAME", help=_("a cloud of clouds.yaml ($OS_CLOUD)"))
    command.add_argument("--lesson", metavar="NN", help=_("one lesson's calls alone, such as 05"))
    command.add_argument("--save", metavar="FILE", help=_("where the report goes (the terminal)"))
    command.add_argument("--all", action="store_true", help=_("name the calls that are equal, too"))


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when all is well."""
    args = parser().parse_args(arguments)
    try:
        return int(args.act(args))
    except (home.HomeError, LabError) as error:
        print(retold(error.args[0]), file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 1
    except OSError as error:
        print(retold(home.explained(error, _folder(args)).args[0]), file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
