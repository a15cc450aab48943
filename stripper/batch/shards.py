"""Results on disk while a run goes on: one folder a shard, and a plan that tells which run they belong to.

A shard appears whole or not at all, so a run that was killed goes on after the last one.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO, Final

from stripper.batch.documents import BatchError
from stripper.batch.streams import cause

_PLAN: Final = "plan.json"
_BESIDE: Final = ".part"


class Shards:
    """The results of a run that is not finished, in a folder beside its output.

    Args:
        folder: where they are.
        plan: whatever must be the same for a run to be continued.
        resume: whether to go on with what is there.

    Raises:
        BatchError: an unfinished run is there and ``resume`` is false, or it is of another plan.
    """

    def __init__(self, folder: Path, plan: Mapping[str, Any], resume: bool) -> None:
        self._folder = folder
        shutil.rmtree(leftover(folder), ignore_errors=True)
        plan = json.loads(json.dumps(plan))
        known = self._known()
        if known is None:
            with _writing(folder):
                folder.mkdir(parents=True, exist_ok=True)
                # a run that was killed at once leaves this; anything else is not ours
                _beside(folder / _PLAN).unlink(missing_ok=True)
                if any(folder.iterdir()):
                    raise BatchError(f"{folder} is needed for unfinished results, but holds something else")
            write_whole(folder / _PLAN, lambda stream: stream.write(json.dumps(plan).encode()))
        elif not resume:
            raise BatchError(f"{folder} holds an unfinished run; go on with it by --resume, or delete it")
        elif known != plan:
            raise BatchError(f"{folder} holds an unfinished run with other inputs or options; delete it to begin anew")
        for part in folder.glob(f"*{_BESIDE}"):
            shutil.rmtree(part, ignore_errors=True)
        self._paths = sorted(path for path in folder.iterdir() if path.name.isdigit())

    def _known(self) -> Any:
        try:
            return json.loads((self._folder / _PLAN).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise BatchError(f"cannot read {self._folder / _PLAN}: {cause(error)}") from error

    def add(self, files: Mapping[str, bytes]) -> None:
        """Write the next shard.

        Raises:
            BatchError: it cannot be written.
        """
        path = self._folder / f"{len(self._paths):08d}"
        beside = path.with_name(path.name + _BESIDE)
        with _writing(path):
            beside.mkdir()
            for name, data in files.items():
                with (beside / name).open("wb") as stream:
                    stream.write(data)
                    stream.flush()
                    os.fsync(stream.fileno())
            beside.rename(path)
        self._paths.append(path)

    def read(self, name: str) -> Iterator[bytes]:
        """The file of that name of each shard that has it, in order."""
        for path in self._paths:
            if (path / name).exists():
                yield (path / name).read_bytes()

    def close(self) -> None:
        """The run is finished: take them away."""
        # renamed first: half of the shards must not be taken for an unfinished run
        done = leftover(self._folder)
        shutil.rmtree(done, ignore_errors=True)
        self._folder.rename(done)
        shutil.rmtree(done, ignore_errors=True)


def leftover(folder: Path) -> Path:
    """What shards are called while they are taken away."""
    return folder.with_name(f"{folder.name}{_BESIDE}")


def _beside(file: Path) -> Path:
    # a name may be as long as names can be
    return file.with_name(f".{blake2b(os.fsencode(file.name), digest_size=8).hexdigest()}{_BESIDE}")


def check_writable(file: Path) -> None:
    """See whether a file could be written.

    Raises:
        BatchError: it could not.
    """
    beside = _beside(Path(os.path.realpath(file)))
    with _writing(file):
        beside.parent.mkdir(parents=True, exist_ok=True)
        beside.open("ab").close()
        beside.unlink()


def write_whole(file: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write a file that appears whole or not at all: beside first, then renamed.

    Args:
        file: the file; its folder is made.
        write: writes its content to a stream.

    Raises:
        BatchError: it cannot be written.
    """
    file = Path(os.path.realpath(file))  # a link stays one
    beside = _beside(file)
    with _writing(file):
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with beside.open("wb") as stream:
                write(stream)
                stream.flush()
                os.fsync(stream.fileno())
            beside.replace(file)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """What the system has against writing becomes a sentence."""
    try:
        yield
    except OSError as error:
        raise BatchError(f"cannot write {path}: {cause(error)}") from error
