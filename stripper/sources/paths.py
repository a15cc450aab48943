"""Paths of elements, as lxml's ``getpath`` gives them, in time that is linear in the size of the page.

``getpath`` counts the siblings of an element, and of all around it, anew for each; here each element's children are
counted once.
"""

from __future__ import annotations

from lxml.html import HtmlElement


class Paths:
    """The paths of the elements of one tree."""

    def __init__(self, root: HtmlElement) -> None:
        self._getpath = root.getroottree().getpath
        # elements are kept, for what lxml hands out is told by identity only as long as it lives
        self._steps: dict[HtmlElement, str] = {}
        self._known: dict[HtmlElement, str] = {}

    def of(self, element: HtmlElement) -> str:
        """The path of an element from the root of its document.

        >>> from lxml.html import document_fromstring
        >>> page = document_fromstring("<p>Rain.<p>More <b>rain</b>.")
        >>> [Paths(page).of(element) for element in page.iter("p", "b")]
        ['/html/body/p[1]', '/html/body/p[2]', '/html/body/p[2]/b']
        """
        missing: list[HtmlElement] = []
        around: HtmlElement | None = element
        while around is not None and around not in self._known:
            missing.append(around)
            around = around.getparent()
        for own in reversed(missing):
            if around is None:
                self._known[own] = self._getpath(own)
            else:
                self._known[own] = f"{self._known[around]}/{self._step(own, around)}"
            around = own
        return self._known[element]

    def _step(self, element: HtmlElement, parent: HtmlElement) -> str:
        if element not in self._steps:
            named: dict[str, list[HtmlElement]] = {}
            for child in parent:
                tag = child.tag
                if tag in named:
                    named[tag].append(child)
                else:
                    named[tag] = [child]
                    self._steps[child] = tag
            for tag, children in named.items():
                if len(children) > 1:
                    for place, child in enumerate(children, 1):
                        self._steps[child] = f"{tag}[{place}]"
        # a name with a namespace is written by rules of its own
        step = self._steps[element]
        return self._getpath(element).rpartition("/")[2] if step.startswith("{") else step
