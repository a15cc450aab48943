"""A bar for whoever watches a run on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from tqdm import tqdm

from stripper.batch.cleaner import Chunk
from stripper.batch.readers import Meter


def bar(chunks: Iterator[Chunk], meter: Meter) -> Iterator[Chunk]:
    """Pass chunks through, with a bar on standard error: how much is read, the rate and the time left.

    There is none if standard error is no terminal.
    """
    documents = 0
    with tqdm(total=meter.total or None, unit="B", unit_scale=True, disable=None, file=sys.stderr) as shown:
        for chunk in chunks:
            documents += len(chunk.items)
            shown.set_postfix_str(f"{documents:,} documents", refresh=False)
            shown.update(meter.done - shown.n)
            yield chunk
