"""Command line of the course: ``python -m widgets COMMAND``.

check     read docs/ and quizzes/ and report every error with file and line
assets    make the page script, styles, Python runtime and wheel under docs/assets/course/
build     check, build the site with MkDocs (or Zensical) and check what was built
nav       write the lessons of course.yml into the navigation of mkdocs.yml
notebooks write each lesson's code as a script and a notebook (every build does)
serve     serve a built site as any static server would
zip       pack a built site for a class without internet
npm       run npm, from the system or from the Python package
pretrain  train the tiny base model and write its weights
train     fine-tune the tiny model with one of the recipes
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from widgets.cli.commands import add_commands as add_training_commands
from widgets.cli.commands import run_command as run_training_command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0 done, 1 a mistake was found and reported."""
    parser = argparse.ArgumentParser(prog="python -m widgets", description="Tools of the course Fine-Tuning LLMs.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check", help="report every error in docs/ and quizzes/ with file and line")
    commands.add_parser("assets", help="make the page script, styles, Python runtime and wheel")
    build = commands.add_parser("build", help="check the sources, build the site, check the result")
    build.add_argument("--generator", choices=("mkdocs", "zensical"), default="mkdocs")
    build.add_argument("--out", type=Path, default=Path("site"), help="folder of the built site")
    commands.add_parser("nav", help="write the lessons of course.yml into the navigation of mkdocs.yml")
    notebooks = commands.add_parser("notebooks", help="write each lesson's code as a script and a notebook")
    notebooks.add_argument("--out", type=Path, help="another folder than the one that the site publishes")
    serve = commands.add_parser("serve", help="serve a built site")
    serve.add_argument("--folder", type=Path, default=Path("site"))
    serve.add_argument("--port", type=int, default=8000)
    pack = commands.add_parser("zip", help="pack a built site for a class without internet")
    pack.add_argument("--folder", type=Path, default=Path("site"))
    pack.add_argument("--out", type=Path, default=Path("build"), help="folder of the archive")
    npm = commands.add_parser("npm", help="run npm", add_help=False)
    npm.add_argument("rest", nargs=argparse.REMAINDER)
    add_training_commands(commands)
    options = parser.parse_args(arguments)

    from widgets.core.errors import CourseError

    try:
        return _run(options)
    except CourseError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _run(options: argparse.Namespace) -> int:
    if options.command == "check":
        from widgets.site.checks.check import report

        return report()
    if options.command == "assets":
        from widgets.site.assets.bundles import build_assets

        build_assets()
    elif options.command == "build":
        from widgets.site.publish.build import build_site

        build_site(options.out, generator=options.generator)
    elif options.command == "nav":
        from widgets.site.sources.course import write_navigation

        write_navigation()
    elif options.command == "notebooks":
        from widgets.site.assets.notebooks import write_notebooks
        from widgets.site.sources.folders import CODE

        write_notebooks(options.out or CODE)
    elif options.command in ("pretrain", "train"):
        return run_training_command(options)
    elif options.command == "serve":
        from widgets.site.publish.serve import serve

        serve(options.folder, options.port)
    elif options.command == "zip":
        from widgets.site.publish.course_archive import write_archive

        archive = write_archive(options.folder, options.out)
        print(f"{archive} ({archive.stat().st_size / 1e6:.1f} MB)")
    else:
        from widgets.site.node import run_npm

        return run_npm(options.rest)
    return 0


if __name__ == "__main__":
    sys.exit(main())
