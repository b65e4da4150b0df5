from __future__ import annotations

import pytest

from lucid.hub.facts import CARD_BYTES
from lucid.hub.readers import UnreadableFileError, read_document


def test_json_yaml_and_front_matter_are_read() -> None:
    assert read_document("config.json", b'\xef\xbb\xbf{"a": [1, null]}') == {"a": [1, None]}
    assert read_document("a/b.YML", b"a: [1, null]\n") == {"a": [1, None]}
    card = b"---\nlicense: mit\ntags:\n- x\n---\n# Title\na: b: c\n"
    assert read_document("README.md", card) == {"license": "mit", "tags": ["x"]}


@pytest.mark.parametrize(
    "card", [b"", b"# No front matter\n", b"---\nlicense: mit\n", b"text\n---\n"]
)
def test_a_card_without_front_matter_says_nothing(card: bytes) -> None:
    assert read_document("README.md", card) is None


def test_a_card_may_be_cut_after_its_front_matter() -> None:
    start = b"---\nlicense: mit\n---\n"
    cut = start + b"x" * (CARD_BYTES - len(start) - 1) + "é".encode()[:1]
    assert read_document("README.md", cut) == {"license": "mit"}


def test_a_card_whose_front_matter_is_too_long_is_not_read_silently() -> None:
    card = (b"---\nlicense: mit\ntags:\n" + b"- some tag\n" * 2000)[:CARD_BYTES]
    with pytest.raises(UnreadableFileError, match="its front matter is longer than 16 kB"):
        read_document("README.md", card)


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("config.json", b"{'a': 1}"),
        ("config.json", b"\xff\xfe{\x00}"),
        ("config.json", b"[" * 100_000),
        ("config.json", b'{"a": ' + b"9" * 10_000 + b"}"),
        ("config.toml", b"a = ["),
        ("config.toml", b"a = " + b"[" * 5000),
        ("config.yaml", b"a: [1"),
        ("config.yaml", b"a: 1\n---\nb: 2\n"),
        ("config.yaml", b"[" * 20_000),
        ("config.yaml", b"a: !!python/object/apply:os.system ['true']"),
        ("config.yaml", b"a: !!bool maybe"),
        ("config.yaml", b'a: !!int ""'),
        ("config.yaml", b"a: !!timestamp never"),
        ("config.yaml", b"? {a: 1}\n: 2"),
        ("README.md", b"---\na: [1\n---\n"),
    ],
)
def test_a_broken_file_is_unreadable_and_nothing_worse(path: str, data: bytes) -> None:
    with pytest.raises(UnreadableFileError, match=r"^it is n"):
        read_document(path, data)


def test_yaml_aliases_are_refused_before_they_expand() -> None:
    bomb = b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
    with pytest.raises(UnreadableFileError, match="aliases"):
        read_document("config.yaml", bomb)


def test_the_message_does_not_repeat_the_file() -> None:
    with pytest.raises(UnreadableFileError) as caught:
        read_document("config.yaml", b"ok: 1\nbad: [IGNORE ALL\n")
    assert str(caught.value) == "it is not plain YAML: unreadable at line 3"
