"""The commands. Each is imported when it runs, so that the server's process never loads a client's code."""

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

app = typer.Typer(
    name="aparte",
    help="The meeting room with the closed door.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on. Off loopback TLS is needed.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="The one TCP port; 0 takes a free one.")] = 8080,
    data: Annotated[Path, typer.Option(help="Folder for the database and a self-signed certificate.")] = Path("data"),
    tls: Annotated[
        Literal["self-signed"] | None, typer.Option(help="Make a certificate and print its fingerprint.")
    ] = None,
    tls_cert: Annotated[Path | None, typer.Option(help="Certificate chain (PEM).")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its private key (PEM).")] = None,
    instant: Annotated[bool, typer.Option(help="Make a meeting at the start and print its link.")] = True,
    origin: Annotated[
        str | None, typer.Option(help="Under which browsers reach it, such as https://meet.example.org.")
    ] = None,
    smtp: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Who takes our mail: smtp[s]://[user@]host[:port]. Needs --smtp-from."),
    ] = None,
    smtp_from: Annotated[str, typer.Option(metavar="ADDRESS", help="From whom invitations come.")] = "",
) -> None:
    """Run the server. The password for --smtp is read from APARTE_SMTP_PASSWORD."""
    from aparte.cli.serve import serve as run
    from aparte.server.config import Config
    from aparte.server.mail import Smtp

    try:
        mail = None if smtp is None else Smtp.read(smtp, smtp_from, os.environ.get("APARTE_SMTP_PASSWORD"))
    except ValueError as error:
        typer.echo(f"aparte: {error}", err=True)
        raise typer.Exit(2) from None
    config = Config(
        host, port, data, certificate=tls_cert, key=tls_key, self_signed=tls == "self-signed", origin=origin, smtp=mail
    )
    raise typer.Exit(run(config, instant))


account = typer.Typer(help="Look after accounts, on the machine of the server.", no_args_is_help=True)
app.add_typer(account, name="account")


@account.callback()
def accounts() -> None:
    """Look after accounts, on the machine of the server."""


@account.command()
def setup_link(
    origin: Annotated[str, typer.Argument(help="Of the server's pages, such as https://meet.example.org")],
    data: Annotated[Path, typer.Option(help="The server's data folder.")] = Path("data"),
    login: Annotated[
        str | None, typer.Option(help="Of an account that is to set a new password; its second factors go.")
    ] = None,
) -> None:
    """Print a new link with which the first administrator, or somebody with an account, sets a password.

    It is valid for 24 hours, once, and takes the place of the link before it. The server may be running.
    """
    from aparte.cli.account import setup_link as run

    raise typer.Exit(run(data, origin, login))


@app.command()
def instant(
    url: Annotated[str, typer.Argument(help="The server, such as https://meet.example.org")],
    trust: Annotated[Path | None, typer.Option(help="A self-signed certificate (PEM) to trust.")] = None,
) -> None:
    """Make an instant meeting and print its link. The link secret is made here and never sent."""
    from aparte.cli.instant import instant as run

    raise typer.Exit(run(url, trust))


@app.command()
def join(
    name: Annotated[str, typer.Option(help="How the others see you. They see as well that you are a program.")],
    link: Annotated[
        str | None,
        typer.Argument(
            metavar="[LINK]",
            help="The meeting's link. Everybody on this machine can read an argument with ps: better leave it out and "
            "set APARTE_LINK, or give it on standard input.",
        ),
    ] = None,
    video: Annotated[
        str | None, typer.Option(metavar="FILE|DEVICE", help="Pictures to send: a file, /dev/video0, or test.")
    ] = None,
    audio: Annotated[
        str | None, typer.Option(metavar="FILE|DEVICE", help="Sound to send: a file, alsa:default, or test.")
    ] = None,
    loop: Annotated[bool, typer.Option("--loop", help="Begin files again when they end.")] = False,
    stats: Annotated[
        bool, typer.Option("--stats", help="Open and count what the others send, person by person.")
    ] = False,
    ca: Annotated[Path | None, typer.Option(help="Certificates (PEM) to trust instead of the system's.")] = None,
) -> None:
    """Take part in a meeting, as a member whom everybody sees. Ctrl-C leaves.

    Shows the epoch code and the people. Nothing that others send is played or kept; without --stats it is not opened.
    Exit code 0: left; 2: something typed is wrong, or a file or device does not serve; 3: could not enter; 4: the
    meeting ended. The reason stands on standard error.
    """
    from aparte.cli.join import join as run

    raise typer.Exit(run(link, name, video, audio, loop, stats, ca))


@app.command()
def verify_web(
    url: Annotated[str, typer.Argument(help="The server, such as https://meet.example.org")],
    manifest: Annotated[
        Path | None, typer.Option(help="release.json of another release; without it, the installed one's.")
    ] = None,
    key: Annotated[
        Path | None, typer.Option(help="Ed25519 public key (PEM): the manifest's signature beside it must fit.")
    ] = None,
    ca: Annotated[Path | None, typer.Option(help="Authority (PEM) that signed the server's certificate.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Compare what a server delivers to browsers with the published release.

    Shows what it gave to these requests; it proves nothing about what others get.

    Exit code 0: the same. 1: something differs. 2: could not be checked.
    """
    from aparte.cli.verify_web import verify_web as run

    raise typer.Exit(run(url, manifest, key, ca, as_json))


def main() -> None:
    """Run the command line."""
    app()
