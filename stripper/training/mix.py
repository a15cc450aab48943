"""New pages from old ones: messages of our own writing set into real pages' sequences of blocks.

Labelled pages show few appeals, and written documents have no markup. A mixed page joins both: it teaches the networks
what a run of a message looks like between the paragraphs of an article, with and without a box of its own, and that
an article about donations, between the same menus and teasers, stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np

from stripper.labels import BOILERPLATE, Label
from stripper.sources.block import Block, Dom, Page
from stripper.sources.declared import tells
from stripper.sources.html import MOST_AROUND
from stripper.training.dataset import Example

_OWN_BOX = 0.5
_FRESH_NUMBER = 1_000_000


def mix(pages: Sequence[Example], documents: Sequence[Example], random: np.random.Generator) -> list[Example]:
    """One mixed page for each page: every other one gets messages, the others a written article in place of their own.

    Args:
        pages: labelled pages, which lend sequence and markup.
        documents: written documents, which lend text and labels; messages go to pages of their own language.
        random: chooses documents, places and boxes.

    Returns:
        pages that keep the group of the page they are made from.
    """
    if not documents:
        return []
    donors: dict[Label, list[Dom]] = {}
    for page in pages:
        for block, label in zip(page.page.blocks, page.labels, strict=True):
            if label and block.dom:
                donors.setdefault(label, []).append(block.dom)
    by_language: dict[str | None, list[Example]] = {}
    for document in documents:
        by_language.setdefault(document.lang, []).append(document)
    mixed = []
    for number, page in enumerate(pages):
        body = [place for place, label in enumerate(page.labels) if label == "body"]
        if len(body) < 2:
            continue
        change = _insert if number % 2 else _transplant
        # a whole article may be in any language, but a message in another one than the page's is told too easily
        choice = by_language.get(page.lang, documents) if change is _insert else documents
        document = choice[int(random.integers(len(choice)))]
        mixed.append(change(page, body, document, donors, random))
    return mixed


def _insert(
    page: Example, body: list[int], document: Example, donors: dict[Label, list[Dom]], random: np.random.Generator
) -> Example:
    """Each run of boilerplate of the document goes somewhere between or after the page's paragraphs."""
    pairs = list(zip(document.page.blocks, document.labels, strict=True))
    runs = [list(run) for stripped, run in groupby(pairs, key=lambda pair: pair[1] in BOILERPLATE) if stripped]
    places = sorted(
        (body[-1] if random.random() < 0.4 else body[int(random.integers(len(body)))], number)
        for number in range(len(runs))
    )
    blocks, labels = list(page.page.blocks), list(page.labels)
    for place, number in reversed(places):
        dressed = _dress(runs[number], page.page.blocks[place], _declares(page), donors, random)
        blocks[place + 1 : place + 1] = dressed
        labels[place + 1 : place + 1] = [label for _, label in runs[number]]
    return _example(page, blocks, labels)


def _transplant(
    page: Example, body: list[int], document: Example, donors: dict[Label, list[Dom]], random: np.random.Generator
) -> Example:
    """The document's body and boilerplate take the place of the page's own body."""
    pairs = [
        (block, label)
        for block, label in zip(document.page.blocks, document.labels, strict=True)
        if label == "body" or label in BOILERPLATE
    ]
    declares = _declares(page)
    dressed: list[Block] = []
    hosts = sorted(random.choice(body, size=len(pairs), replace=True).tolist())
    for stripped, run in groupby(zip(pairs, hosts, strict=True), key=lambda item: item[0][1] in BOILERPLATE):
        members = list(run)
        if stripped:
            dressed += _dress([pair for pair, _ in members], page.page.blocks[members[0][1]], declares, donors, random)
        else:
            for (block, _), host in members:
                dom = page.page.blocks[host].dom
                dressed.append(Block(block.text, dom=dom and dom._replace(declared=_declared(block, declares, 1.0))))
    gone = set(body)
    before = range(body[0])
    after = [place for place in range(body[0], len(page.labels)) if place not in gone]
    blocks = [
        *(page.page.blocks[place] for place in before),
        *dressed,
        *(page.page.blocks[place] for place in after),
    ]
    labels = [
        *(page.labels[place] for place in before),
        *(label for _, label in pairs),
        *(page.labels[place] for place in after),
    ]
    return _example(page, blocks, labels)


def _dress(
    run: Sequence[tuple[Block, Label | None]],
    host: Block,
    declares: bool,
    donors: dict[Label, list[Dom]],
    random: np.random.Generator,
) -> list[Block]:
    """Markup for a message: that of the paragraph it follows, or a box like those of its kind on other pages."""
    assert host.dom is not None  # noqa: S101  pages have markup
    kind = run[0][1]
    if kind is None or kind not in donors or random.random() > _OWN_BOX:
        plain = host.dom._replace(links=(), link_chars=0, inline=(), title_like=0.0)
        return [Block(block.text, dom=plain._replace(declared=_declared(block, declares, -1.0))) for block, _ in run]
    choice = donors[kind][int(random.integers(len(donors[kind])))]
    number = _FRESH_NUMBER + int(random.integers(_FRESH_NUMBER))
    around = host.dom.node.parent or host.dom.node
    model = choice.node.parent or choice.node
    box = around._replace(
        tag=model.tag,
        words=model.words,
        around=(model.words + around.around)[:MOST_AROUND],
        parent=around,
        depth=around.depth + 1,
        number=number,
        signature=number,
    )
    dressed = []
    for place, (block, _) in enumerate(run):
        node = choice.node._replace(
            parent=box,
            around=(choice.node.words + box.around)[:MOST_AROUND],
            depth=box.depth + 1,
            flags=box.flags | choice.node.flags,
            number=number + place + 1,
            signature=number + 1,
        )
        dressed.append(
            Block(block.text, dom=Dom(node, (), (), 0, choice.extracted, 0.0, _declared(block, declares, -1.0)))
        )
    return dressed


def _declares(page: Example) -> bool:
    """Whether the page declares its article's text."""
    return any(block.dom and block.dom.declared for block in page.page.blocks)


def _declared(block: Block, declares: bool, verdict: float) -> float:
    return verdict if declares and tells(block.text) else 0.0


def _example(page: Example, blocks: list[Block], labels: list[Label | None]) -> Example:
    return replace(
        page, id=f"{page.id} mixed", page=Page(tuple(blocks), page.page.title, page.page.url), labels=tuple(labels)
    )
