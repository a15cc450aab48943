"""What users install: the wheel carries the model and works on its own."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.conftest import EXAMPLES, ROOT


def test_wheel_carries_the_model(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", tmp_path, ROOT], check=True
    )
    (wheel,) = tmp_path.glob("article_stripper-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(tmp_path / "site")
    model = {f"stripper/models/{name}" for name in ("tagger.npy", "classes.npy", "tagger.json")}
    assert model | {"stripper/py.typed"} <= set(names)
    assert not [name for name in names if name.startswith(("tests/", "training_data/"))]
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, stripper.cli; sys.exit(stripper.cli.main())",
            "clean",
            EXAMPLES / "news-page.html",
        ],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode() == (EXAMPLES / "news-page.expected.txt").read_text(encoding="utf-8")
