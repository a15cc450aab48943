"""The command: ``stripper clean``, ``restore``, ``explain``, ``corpora``, ``train``, ``evaluate``."""

from __future__ import annotations

import argparse
import gc
import json
import logging
import math
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import stripper
from stripper.errors import StripperError
from stripper.labels import DEFAULT_STRIP, LABELS, MODES, Label

if TYPE_CHECKING:
    from stripper.batch.documents import Fault
    from stripper.document import Article, Paragraph

EXIT_FAILED, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 130
_STDIN = "-"
_SHOWN = 100
_TOLD = 20
_TIMEOUT = 60.0
_COLOURS = {"kept": "\033[32m", "removed": "\033[31m", "off": "\033[0m"}


class UsageError(Exception):
    """Options that do not go together; says which in one sentence."""


class InputError(StripperError):
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
        return EXIT_INTERRUPTED
    except UsageError as error:
        return _complain(f"{error} (see stripper clean --help)", EXIT_USAGE)
    except StripperError as error:
        return _complain(str(error))
    except OSError as error:
        return _complain(f"cannot use {error.filename or 'standard output'}: {error.strerror}")


@contextmanager
def _importing() -> Iterator[None]:
    """Within it, what it takes to clean is imported, most of the time of a short command, and the model read."""
    # the matrices of a few pages are too small to be worth sharing: NumPy's threads would wait for one another
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    # what modules hold stays to the end: let the collector not go through it, now and again and once more at exit
    gc.disable()
    try:
        from stripper.tagging.store import default_model

        # beside trafilatura's import; what is wrong with it is told when it is asked for again
        with ThreadPoolExecutor(1) as reader:
            reader.submit(default_model)
            yield
    finally:
        gc.freeze()
        gc.enable()


def _complain(message: str, code: int = EXIT_FAILED) -> int:
    print(f"stripper: {message}", file=sys.stderr)
    return code


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_USAGE, f"{self.prog}: {message} (see {self.prog} --help)\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="stripper", description=(stripper.__doc__ or "").partition("\n")[0])
    parser.add_argument("--version", action="version", version=f"stripper {stripper.__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_clean(commands)
    _add_restore(commands)
    _add_explain(commands)
    _add_corpora(commands)
    _add_train(commands)
    _add_evaluate(commands)
    return parser


def _add_clean(commands: Any) -> None:
    command = commands.add_parser(
        "clean",
        help="print or write the articles without boilerplate",
        description="Clean pages, texts, folders, tables (JSONL, CSV, Parquet) and archives (WARC, WET), each also as "
        ".gz or .zst. Without -o the articles are printed, of tables and archives as lines of JSON.",
    )
    command.add_argument("files", nargs="+", metavar="FILE",
                         help="a file, a folder, a pattern such as 'crawl/**/*.html'; - is standard input")  # fmt: skip
    command.add_argument("-o", "--output", type=_file, metavar="OUT",
                         help="a folder that mirrors the inputs, or a .jsonl, .csv or .parquet table")  # fmt: skip
    command.add_argument("--format", choices=("text", "markdown", "json"), default="text",
                         help="of the articles (default: text)")  # fmt: skip
    command.add_argument("--detail", action="store_true",
                         help="with every paragraph, its label and probability (in JSON and tables)")  # fmt: skip
    _add_options(command)
    columns = command.add_argument_group("tables")
    columns.add_argument(
        "--field", metavar="NAME", help="the column with text or HTML (default: text, html or content)"
    )
    columns.add_argument("--url-field", metavar="NAME", help="the column with the address (default: url)")
    run = command.add_argument_group("runs with -o")
    run.add_argument("--removed", type=_file, metavar="FILE", help="write what was stripped, as JSONL, for restore")
    run.add_argument("--failed", type=_file, metavar="FILE", help="write what could not be cleaned, as JSONL")
    run.add_argument("--report", type=_file, metavar="FILE", help="write an account of the run, as HTML")
    run.add_argument("--workers", type=_workers, metavar="N",
                     help="processes (default: the cores)")  # fmt: skip
    run.add_argument("--timeout", type=_seconds, metavar="S",
                     help="seconds that a document may take (default: 60)")  # fmt: skip
    run.add_argument("--resume", action="store_true", help="go on with a run that was killed")
    command.set_defaults(run=_clean)


def _add_restore(commands: Any) -> None:
    command = commands.add_parser(
        "restore",
        help="give back texts as they were before they were cleaned",
        description="Give back the texts that clean -o OUT --removed FILE cleaned, byte for byte.",
    )
    command.add_argument("cleaned", type=_file, metavar="OUT", help="the folder or table that was written")
    command.add_argument("--removed", type=_file, required=True, metavar="FILE", help="the record that was written")
    command.add_argument(
        "-o", "--output", type=_file, required=True, metavar="DIR", help="a folder, or a table like OUT"
    )
    command.set_defaults(run=_restore)


def _file(value: str) -> Path:
    if value in ("", "-"):
        raise argparse.ArgumentTypeError("must be a file or folder")
    return Path(value)


def _workers(value: str) -> int:
    if not value.isdecimal() or int(value) < 1:
        raise argparse.ArgumentTypeError("must be a whole number, 1 or more")
    return int(value)


def _seconds(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError("must be a number above 0")
    return seconds


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
    with _importing():
        from stripper.batch.cleaner import Settings
        from stripper.batch.documents import Columns
        from stripper.batch.names import table_of
        from stripper.batch.readers import Inputs, find
        from stripper.batch.show import show

    told_failures = 0

    def complain(fault: Fault) -> None:
        nonlocal told_failures
        told_failures += 1
        if told_failures <= _TOLD:
            _complain(fault.reason if fault.id in fault.reason else f"{fault.id}: {fault.reason}")
        elif told_failures == _TOLD + 1:
            _complain("there are more failures; --failed FILE has them all")

    if options.detail and options.format != "json" and not (options.output and table_of(options.output.name)):
        raise UsageError("--detail needs --format json, or a table as output")
    settings = Settings(_stripped(options), options.mode, options.cut_tails, options.format, options.detail)
    columns = Columns(options.field, options.url_field)
    if options.output is None:
        if any((options.removed, options.failed, options.report, options.resume, options.workers, options.timeout)):
            raise UsageError("--removed, --failed, --report, --workers, --timeout and --resume need an output, -o OUT")
        inputs = Inputs(find(options.files), columns, options.kind, options.url)
        show(inputs, settings, sys.stdout.buffer, complain)
        return EXIT_FAILED if told_failures else 0
    from stripper.batch import job, progress
    from stripper.workers import cores

    outputs = job.Outputs(options.output, options.removed, options.failed, options.report)
    sources = find(options.files, job.ours(outputs, options.resume))
    inputs = Inputs(sources, columns, options.kind, options.url)
    try:
        effort = job.Effort(options.workers or cores(), options.timeout or _TIMEOUT)
        tally = job.run(inputs, outputs, settings, effort, options.resume, complain, progress.bar)
    except KeyboardInterrupt:
        return _complain("stopped; go on by the same command with --resume", EXIT_INTERRUPTED)
    print(tally.summary(), file=sys.stderr)
    return EXIT_FAILED if tally.failed else 0


def _restore(options: argparse.Namespace) -> int:
    from stripper.batch.restore import restore

    done = restore(options.cleaned, options.removed, options.output)
    print(f"stripper: {done.documents} documents as they were in {options.output}", file=sys.stderr)
    if done.pages:
        print(f"stripper: {done.pages} were pages, whose HTML is not on record", file=sys.stderr)
    return 0


def _explain(options: argparse.Namespace) -> int:
    article = _article(options.file, options)
    if options.json:
        record = {
            "title": article.title,
            "url": article.url,
            "access": article.access,
            "access_evidence": asdict(article.access_evidence),
            "paragraphs": list(map(asdict, article.paragraphs)),
        }
        _print(json.dumps(record, ensure_ascii=False, indent=1))
    else:
        _print("\n".join([*_table(article.paragraphs, sys.stdout.isatty()), _access(article)]))
    return 0


def _stripped(options: argparse.Namespace) -> frozenset[Label]:
    return (frozenset(options.strip) or DEFAULT_STRIP) - frozenset(options.keep)


def _article(name: str, options: argparse.Namespace) -> Article:
    with _importing():
        from stripper.batch.documents import is_binary
        from stripper.sources.html import decode, looks_like_html
        from stripper.stripper import Stripper

    cleaner = Stripper(_stripped(options), options.mode, cut_tails=options.cut_tails)
    data = _read(name)
    shown = "standard input" if name == _STDIN else name
    if not data.strip():
        raise InputError(f"{shown} is empty")
    if options.kind == "html" or (options.kind is None and looks_like_html(data)):
        article = cleaner.strip_html(data, options.url)
        if not article.paragraphs:
            raise InputError(f"{shown} holds no text")
        return article
    if is_binary(data):
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


def _table(paragraphs: Iterable[Paragraph], colours: bool) -> Iterable[str]:
    for number, paragraph in enumerate(paragraphs, 1):
        verdict = "kept" if paragraph.kept else "removed"
        text = " ".join(paragraph.text.split())
        shown = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
        line = f"{number:>4}  {verdict:<7}  {paragraph.label:<9}  {paragraph.probability:4.2f}  {shown}"
        yield f"{_COLOURS[verdict]}{line}{_COLOURS['off']}" if colours else line


def _access(article: Article) -> str:
    evidence = article.access_evidence
    told = [f"{own.source} says {' '.join(own.value.split())!r}" for own in evidence.declarations]
    if evidence.gated_text is not None:
        told.append(f"{evidence.gated_text} characters of the body in what it calls gated")
    if evidence.walls:
        told.append(f"a wall of {len(evidence.walls)} paragraphs behind the body")
    if evidence.ending == "ellipsis":
        told.append("the body trails off")
    if evidence.ending == "open":
        told.append("the body's last sentence has no end")
    return f"access: {article.access}{' (' if told else ''}{'; '.join(told)}{')' if told else ''}"


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
