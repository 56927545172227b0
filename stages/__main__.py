"""The command line: `python -m stages COMMAND`."""

from pathlib import Path
from typing import Annotated

import typer

from stages.core.errors import reported

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
    help="Commands in addition to `dvc repro`; each has --help.",
)  # fmt: skip
Remote = Annotated[str, typer.Argument(help="Name of a remote in .dvc/public/config.")]


@app.command()
def check() -> None:
    """Check params.yaml, the folders that it names, the licenses and the remote, before any stage runs."""
    from stages.checks import settings

    reported(settings.run)


@app.command()
def play(
    clip: Annotated[str, typer.Argument(help="Id of a clip, or of an augmented copy (CLIP__a1).")],
    open_in_browser: Annotated[bool, typer.Option("--open", help="Open the result in the browser.")] = False,
) -> None:
    """Write a clip after every step of its processing chain to data/play; print why it was dropped."""
    from stages.samples import play

    reported(play.run, clip, open_in_browser)


@app.command()
def template(
    folder: Annotated[Path, typer.Argument(help="Folder of recordings.")],
) -> None:
    """Write a first metadata.csv for a folder of your own recordings; list emotions with too few minutes."""
    from stages.acquisition import template

    reported(template.run, str(folder))


@app.command()
def changes(
    old: Annotated[str, typer.Argument(help="Git revision: a tag, branch or commit.")],
    new: Annotated[str, typer.Argument(help="A second revision; default: the current build.")] = "workspace",
) -> None:
    """Print the changes between two versions of the dataset, as Markdown. Fetches no audio."""
    from stages.reporting import changelog

    reported(changelog.run, old, new)


@app.command()
def push(remote: Remote) -> None:
    """Push the dataset to a public remote, if the licenses of all rendered clips permit it."""
    from stages.publishing import publish

    reported(publish.run, "push", remote)


@app.command()
def pull(remote: Remote) -> None:
    """Pull the dataset from a public remote."""
    from stages.publishing import publish

    reported(publish.run, "pull", remote)


@app.command()
def repair() -> None:
    """Read every object on the default remote, and replace damaged objects from the cache."""
    from stages.publishing import remote_repair

    reported(remote_repair.run)


if __name__ == "__main__":
    app(prog_name="python -m stages")
