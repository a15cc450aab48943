"""The command: ``stripper clean``, ``explain``, ``corpora``, ``train``, ``evaluate``."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

import stripper
from stripper.decision import MODES
from stripper.document import Article, Paragraph
from stripper.labels import DEFAULT_STRIP, LABELS
from stripper.sources.html import decode, looks_like_html
from stripper.tagging.store import ModelError

EXIT_FAILED, EXIT_USAGE = 1, 2
_STDIN = "-"
_SHOWN = 100
_COLOURS = {"kept": "\033[32m", "removed": "\033[31m", "off": "\033[0m"}


class InputError(Exception):
    """One input cannot be cleaned; says why in one sentence."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns:
        0 if all went well, 1 if an input failed, 2 for wrong usage.
    """
    # what trafilatura has to say of a page is no message for the command's user
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    options = _parser().parse_args(argv)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except BrokenPipeError:  # the reader of the pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except (ModelError, InputError) as error:
        return _complain(str(error))


def _complain(message: str) -> int:
    print(f"stripper: {message}", file=sys.stderr)
    return EXIT_FAILED


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_USAGE, f"{self.prog}: {message} (see {self.prog} --help)\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="stripper", description=(stripper.__doc__ or "").partition("\n")[0])
    parser.add_argument("--version", action="version", version=f"stripper {stripper.__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_clean(commands)
    _add_explain(commands)
    _add_corpora(commands)
    _add_train(commands)
    _add_evaluate(commands)
    return parser


def _add_clean(commands: Any) -> None:
    command = commands.add_parser(
        "clean",
        help="print or write the articles without boilerplate",
        description="Print the article that a page or text holds; with -o DIR write one file for each input.",
    )
    command.add_argument("files", nargs="+", metavar="FILE", help="HTML or text; - is standard input")
    command.add_argument("-o", "--output", type=Path, metavar="DIR", help="write DIR/<name>.txt for each input")
    _add_options(command)
    command.set_defaults(run=_clean)


def _add_explain(commands: Any) -> None:
    command = commands.add_parser(
        "explain",
        help="show every paragraph with its label, probability and verdict",
        description="Show every paragraph of a page or text: kept or removed, label, probability of boilerplate.",
    )
    command.add_argument("file", metavar="FILE", help="HTML or text; - is standard input")
    command.add_argument("--json", action="store_true", help="print JSON instead of a table")
    _add_options(command)
    command.set_defaults(run=_explain)


def _add_options(command: argparse.ArgumentParser) -> None:
    kind = command.add_mutually_exclusive_group()
    kind.add_argument("--html", action="store_const", const="html", dest="kind", help="the input is HTML")
    kind.add_argument(
        "--text", action="store_const", const="text", dest="kind", help="the input is text, a paragraph a line"
    )
    command.add_argument("--mode", choices=MODES, default="balanced", help="how much to remove (default: balanced)")
    command.add_argument(
        "--keep", action="append", default=[], choices=LABELS, metavar="LABEL", help="keep this label too"
    )
    command.add_argument("--strip", action="append", default=[], choices=LABELS, metavar="LABEL",
                         help="remove this label only; may be given several times")  # fmt: skip
    command.add_argument("--cut-tails", action="store_true",
                         help="cut off messages that are glued to the end of a paragraph, too")  # fmt: skip
    command.add_argument("--url", help="the page's address")


def _add_corpora(commands: Any) -> None:
    command = commands.add_parser("corpora", help="get the public pages that the labels speak of")
    actions = command.add_subparsers(metavar="ACTION", required=True)
    fetch = actions.add_parser("fetch", help="download the pages at their commits and check their hashes")
    _add_data(fetch)
    fetch.add_argument("--mirror", metavar="URL", help="fetch from this server instead of raw.githubusercontent.com")
    fetch.set_defaults(run=_fetch)


def _add_train(commands: Any) -> None:
    command = commands.add_parser("train", help="cross-validate, choose the thresholds, fit and write the model")
    _add_data(command)
    _add_models(command)
    command.set_defaults(run=_train)


def _add_evaluate(commands: Any) -> None:
    command = commands.add_parser("evaluate", help="cross-validate by site and print the measures")
    _add_data(command)
    _add_models(command)
    command.set_defaults(run=_evaluate)


def _add_data(command: argparse.ArgumentParser) -> None:
    command.add_argument("--data", type=Path, default=Path("training_data"), metavar="DIR",
                         help="labels and written texts (default: training_data)")  # fmt: skip
    command.add_argument("--corpora", type=Path, metavar="DIR",
                         help="the public pages (default: $STRIPPER_CORPORA, else the user's cache)")  # fmt: skip


def _add_models(command: argparse.ArgumentParser) -> None:
    command.add_argument("--models", type=Path, default=Path("models"), metavar="DIR",
                         help="where to write the results (default: models)")  # fmt: skip


def _clean(options: argparse.Namespace) -> int:
    cleaner = _stripper(options)
    if options.output is not None:
        try:
            options.output.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            return _complain(f"cannot write to {options.output}: {error.strerror}")
    status = 0
    taken: set[str] = set()
    for name in options.files:
        try:
            article = _article(cleaner, name, options)
            if options.output is None:
                _print(article.text)
            else:
                _write(options.output, _output_name(name, taken), article.text)
        except InputError as error:
            status = _complain(str(error))
    return status


def _explain(options: argparse.Namespace) -> int:
    article = _article(_stripper(options), options.file, options)
    if options.json:
        record = {"title": article.title, "url": article.url, "paragraphs": list(map(asdict, article.paragraphs))}
        _print(json.dumps(record, ensure_ascii=False, indent=1))
    else:
        _print("\n".join(_table(article.paragraphs, sys.stdout.isatty())))
    return 0


def _stripper(options: argparse.Namespace) -> stripper.Stripper:
    strip = frozenset(options.strip) or DEFAULT_STRIP
    return stripper.Stripper(strip=strip - frozenset(options.keep), mode=options.mode, cut_tails=options.cut_tails)


def _article(cleaner: stripper.Stripper, name: str, options: argparse.Namespace) -> Article:
    data = _read(name)
    shown = "standard input" if name == _STDIN else name
    if not data.strip():
        raise InputError(f"{shown} is empty")
    if options.kind == "html" or (options.kind is None and looks_like_html(data)):
        article = cleaner.strip_html(data, options.url)
        if not article.paragraphs:
            raise InputError(f"{shown} holds no text")
        return article
    if b"\0" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(f"{shown} is neither HTML nor text")
    return cleaner.strip_text(decode(data))


def _read(name: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if name == _STDIN else Path(name).read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {name}: {error.strerror}") from error


def _print(text: str) -> None:
    if text:
        sys.stdout.buffer.write(text.encode("utf-8", "replace"))
        if not text.endswith("\n"):
            sys.stdout.buffer.write(b"\n")
        sys.stdout.buffer.flush()


def _output_name(name: str, taken: set[str]) -> str:
    """A name for the output that no other input of the run has."""
    stem = "stdin" if name == _STDIN else Path(name).stem
    chosen, number = f"{stem}.txt", 1
    while chosen in taken:
        number += 1
        chosen = f"{stem}-{number}.txt"
    taken.add(chosen)
    return chosen


def _write(folder: Path, name: str, text: str) -> None:
    ending = "" if not text or text.endswith("\n") else "\n"
    try:
        (folder / name).write_bytes((text + ending).encode("utf-8", "replace"))
    except OSError as error:
        raise InputError(f"cannot write {folder / name}: {error.strerror}") from error


def _table(paragraphs: Iterable[Paragraph], colours: bool) -> Iterable[str]:
    for number, paragraph in enumerate(paragraphs, 1):
        verdict = "kept" if paragraph.kept else "removed"
        text = " ".join(paragraph.text.split())
        shown = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
        line = f"{number:>4}  {verdict:<7}  {paragraph.label:<9}  {paragraph.probability:4.2f}  {shown}"
        yield f"{_COLOURS[verdict]}{line}{_COLOURS['off']}" if colours else line


def _fetch(options: argparse.Namespace) -> int:
    from stripper.training import corpora, dataset

    folder = options.corpora or corpora.default_folder()
    sources = [corpora.Source.of(record) for record in dataset.records(_data(options))]
    try:
        count = corpora.fetch(sources, folder, *([options.mirror] if options.mirror else []))
    except corpora.CorpusError as error:
        return _complain(str(error))
    print(f"{count} pages in {folder}")
    return 0


def _train(options: argparse.Namespace) -> int:
    return _learn(options, fit=True)


def _evaluate(options: argparse.Namespace) -> int:
    return _learn(options, fit=False)


def _learn(options: argparse.Namespace, fit: bool) -> int:
    try:
        from stripper.training import run
        from stripper.training.corpora import CorpusError, default_folder
    except ImportError as error:
        raise InputError(
            f"training needs the train extra, pip install 'article-stripper[train]' ({error.name} is missing)"
        ) from error
    try:
        print(run.learn(_data(options), options.corpora or default_folder(), options.models, fit=fit))
    except CorpusError as error:
        return _complain(str(error))
    return 0


def _data(options: argparse.Namespace) -> Path:
    folder: Path = options.data
    if not (folder / "labels").is_dir():
        raise InputError(f"{folder} is no folder of training data; name it with --data")
    return folder


if __name__ == "__main__":
    sys.exit(main())
