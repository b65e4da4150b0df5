"""Write JUnit XML, which CI systems read to show test results."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree


@dataclass(frozen=True)
class Case:
    """One test; it passed if it has neither ``failure`` nor ``skipped``."""

    name: str
    classname: str
    failure: tuple[str, str] | None = None
    """The message and the full text."""
    skipped: str | None = None
    """Why the test did not run."""
    attributes: Mapping[str, str] = field(default_factory=dict)


def junit_xml(name: str, suites: Mapping[str, Iterable[Case]], **attributes: str) -> str:
    """Return an XML document of the test suites; ``attributes`` are set on its root element."""
    root = ElementTree.Element("testsuites", name=name)
    total: list[Case] = []
    for suite_name, cases in suites.items():
        cases = list(cases)
        labels = {"name": _plain(suite_name), **_counts(cases)}
        suite = ElementTree.SubElement(root, "testsuite", labels)
        for case in cases:
            _add(suite, case)
        total += cases
    root.attrib.update(_counts(total) | attributes)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _add(suite: ElementTree.Element, case: Case) -> None:
    labels = {"name": case.name, "classname": case.classname, **case.attributes}
    element = ElementTree.SubElement(
        suite, "testcase", {label: _plain(text) for label, text in labels.items()}
    )
    if case.failure is not None:
        message, text = map(_plain, case.failure)
        ElementTree.SubElement(element, "failure", message=message).text = text
    elif case.skipped is not None:
        ElementTree.SubElement(element, "skipped", message=_plain(case.skipped))


def _counts(cases: list[Case]) -> dict[str, str]:
    return {
        "tests": str(len(cases)),
        "failures": str(sum(case.failure is not None for case in cases)),
        "errors": "0",
        "skipped": str(sum(case.skipped is not None for case in cases)),
    }


def _plain(text: str) -> str:
    """Replace the characters that XML 1.0 cannot hold."""
    return "".join(
        char if char in "\t\n\r" or (char >= " " and not "\ud800" <= char <= "\udfff"
        and char not in "\ufffe\uffff") else "\N{REPLACEMENT CHARACTER}"
        for char in text
    )  # fmt: skip
