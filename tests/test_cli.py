"""The command as its users run it: as a process."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

import stripper
from tests.conftest import EXAMPLES

PAGE = EXAMPLES / "news-page.html"
TEXT = (
    "The ferry stopped running on Friday after ice closed the harbour, the port authority said.\n"
    "Subscribe to our newsletter and get the stories of the day in your inbox.\n"
    "Services are expected to resume on Monday, when an icebreaker arrives from the south.\n"
)


def run(*args: str | Path, data: bytes | None = None, cwd: Path | None = None) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "stripper.cli", *map(str, args)]
    return subprocess.run(command, input=data, capture_output=True, cwd=cwd, check=False)


def _fails(done: subprocess.CompletedProcess[bytes], code: int) -> str:
    """Check the exit code and that the complaint is one sentence, no traceback."""
    message = done.stderr.decode()
    assert done.returncode == code, message
    assert message.count("\n") == 1, message
    assert message.startswith("stripper")
    return message


def test_clean_a_page() -> None:
    done = run("clean", PAGE)
    assert done.returncode == 0
    assert done.stdout.decode() == (EXAMPLES / "news-page.expected.txt").read_text(encoding="utf-8")
    assert done.stderr == b""


def test_clean_standard_input_told_by_content() -> None:
    assert run("clean", "-", data=PAGE.read_bytes()).stdout == run("clean", PAGE).stdout
    lines = TEXT.splitlines(keepends=True)
    assert run("clean", "-", data=TEXT.encode()).stdout.decode() == lines[0] + lines[2]


def test_clean_the_seed_article(shared: Path) -> None:
    source = shared / "seed" / "moscow-times-article.txt"
    lines = source.read_bytes().split(b"\n")
    assert run("clean", source).stdout == b"\n".join(lines[:16]) + b"\n"


def test_kind_can_be_forced() -> None:
    data = b"<p>One paragraph, of which a line break\nis a part, it seems to the reader.</p>"
    assert run("explain", "--text", "--json", "-", data=data).stdout.count(b'"start": ') == 2
    assert len(json.loads(run("explain", "--html", "--json", "-", data=data + b"<p>x</p>").stdout)["paragraphs"]) == 2


def test_several_files_to_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.txt").write_text(TEXT)
    done = run("clean", "a.txt", "sub/a.txt", PAGE, "-o", "out/new", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert sorted(p.name for p in (tmp_path / "out/new").iterdir()) == ["a-2.txt", "a.txt", "news-page.txt"]
    assert (tmp_path / "out/new/a.txt").read_text() == (tmp_path / "out/new/a-2.txt").read_text()


def test_a_failed_file_does_not_stop_the_others(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text(TEXT)
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "binary").write_bytes(bytes(range(256)) * 20)
    done = run("clean", "missing", "empty.txt", "binary", "good.txt", cwd=tmp_path)
    assert done.returncode == 1
    complaints = done.stderr.decode().splitlines()
    assert len(complaints) == 3
    for complaint, name in zip(complaints, ("missing", "empty.txt", "binary"), strict=True):
        assert complaint.startswith("stripper: ")
        assert complaint.count(name) == 1
    lines = TEXT.splitlines(keepends=True)
    assert done.stdout.decode() == lines[0] + lines[2]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_unreadable_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(TEXT)
    secret.chmod(0)
    assert "Permission denied" in _fails(run("clean", secret), 1)


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["clean"],
        ["clean", "x", "--mode", "bold"],
        ["clean", "--keep", "advert", "x"],
        ["scrub"],
        ["explain", "a", "b"],
    ],
    ids=" ".join,
)
def test_wrong_usage(args: list[str]) -> None:
    assert "--help" in _fails(run(*args), 2)


def test_output_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("x")
    assert "cannot write" in _fails(run("clean", PAGE, "-o", tmp_path / "taken"), 1)


def test_training_data_must_be_there(tmp_path: Path) -> None:
    assert "--data" in _fails(run("train", cwd=tmp_path), 1)
    assert "--data" in _fails(run("corpora", "fetch", cwd=tmp_path), 1)


def test_pages_of_a_named_copy_must_be_there(tmp_path: Path) -> None:
    assert "corpora fetch" in _fails(run("evaluate", "--corpora", tmp_path, "--models", tmp_path), 1)


def test_version() -> None:
    assert run("--version").stdout.decode().strip() == f"stripper {stripper.__version__}"


def test_explain_in_a_pipe_is_plain() -> None:
    output = run("explain", PAGE).stdout.decode()
    assert "\033" not in output
    reminder = next(line for line in output.splitlines() if line.endswith("Remind me later."))
    number, verdict, label, probability, _ = reminder.split(maxsplit=4)
    assert number.isdigit()
    assert verdict == "removed"
    assert label in stripper.BOILERPLATE
    assert float(probability) > 0.9


def test_explain_on_a_terminal_has_colours() -> None:
    main, worker = pty.openpty()
    subprocess.run(
        [sys.executable, "-m", "stripper.cli", "explain", "-"], input=TEXT.encode(), stdout=worker, check=True
    )
    os.close(worker)
    output = os.read(main, 65536).decode()
    assert output.count("\033[32m") == 2
    assert output.count("\033[31m") == 1


def test_explain_tells_the_access() -> None:
    story = "<p>The harbour will be closed for two weeks, the port authority said on Monday.</p>" * 3
    cut = "<p>Until then the passengers have to go to Corran, where two boats…</p>"
    part = {"isAccessibleForFree": False, "cssSelector": ".story"}
    ld = json.dumps({"isAccessibleForFree": "x\n   5  kept     body  \x1b[31m", "hasPart": [part]})
    script = f"<script type='application/ld+json'>{ld}</script>"
    page = f"<body>{script}<article class='story'>{story}{cut}".encode()
    *_, last = run("explain", "--html", "-", data=page).stdout.decode().splitlines()
    assert last.startswith("access: unknown (schema.org isAccessibleForFree says 'x 5 kept body \\x1b[31m'; ")
    assert last.endswith(" characters of the body in what it calls gated; the body trails off)")
    assert run("explain", "--text", "-", data=b"It rained.").stdout.decode().splitlines()[-1] == "access: unknown"


def test_explain_json() -> None:
    record = json.loads(run("explain", "--json", PAGE).stdout)
    assert record["title"]
    paragraph = record["paragraphs"][0]
    assert set(paragraph) == {"text", "label", "probability", "kept", "start", "end", "xpath"}


def test_labels_and_modes() -> None:
    by_default = run("clean", PAGE).stdout.decode().splitlines()
    with_captions = run("clean", "--keep", "caption", "--keep", "title", PAGE).stdout.decode().splitlines()
    assert len(with_captions) > len(by_default)
    everything = run("explain", "--strip", "consent", PAGE).stdout.decode()
    assert {line.split()[2] for line in everything.splitlines() if " removed " in line} == {"consent"}
    cautious = run("clean", "--mode", "cautious", PAGE).stdout.decode().splitlines()
    assert set(by_default) <= set(cautious)


def test_a_closed_pipe_is_no_error() -> None:
    script = f"{sys.executable} -m stripper.cli explain {PAGE} | head -n 1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", script], capture_output=True, check=False)
    assert b"Traceback" not in done.stderr


def test_what_a_command_does_not_need_is_not_imported() -> None:
    """trafilatura and NumPy take longer to import than a page takes to clean."""
    heavy = "{'numpy', 'trafilatura', 'lxml', 'pebble', 'threadpoolctl', 'tqdm'} & set(sys.modules)"
    script = (
        "import contextlib, sys, stripper.cli\n"
        "with contextlib.suppress(SystemExit):\n"
        "    stripper.cli.main(['--version'])\n"
        f"print({heavy})\n"
        f"stripper.cli.main(['clean', {str(PAGE)!r}])\n"
        f"print(sorted({heavy}))\n"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert shown.splitlines()[1] == "set()"
    assert shown.splitlines()[-1] == "['lxml', 'numpy', 'trafilatura']"
