from __future__ import annotations

import ast
import tomllib

import pytest

from lucid.hub.facts import OpenQuestion
from lucid.scaffold.escape import (
    code,
    comment,
    identifier,
    literal,
    prose,
    todo,
    todo_except,
    toml,
)
from tests.scaffold.hostile import HOSTILE


@pytest.mark.parametrize("text", HOSTILE)
def test_a_python_literal_is_one_ascii_line_and_means_the_same(text: str) -> None:
    written = literal(text)
    assert written.isascii()
    assert written.isprintable()
    assert ast.literal_eval(written) == text


@pytest.mark.parametrize(
    "value", [None, True, 0, -3, 1.5, [], ["a", 1], (1,), ("a", ["b"]), 'single "double"', "it's"]
)
def test_plain_values_have_literals(value: object) -> None:
    assert ast.literal_eval(literal(value)) == value


def test_literals_are_quoted_as_formatters_like_it() -> None:
    assert literal("plain") == '"plain"'
    assert literal("it's") == '"it\'s"'
    assert literal('say "no"') == "'say \"no\"'"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"a": 1}, b"bytes", object()])
def test_a_value_without_a_literal_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        literal(value)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_comment_stays_on_its_line(text: str) -> None:
    assert ast.dump(ast.parse(f"x = 1  # {comment(text)}\ny = 2\n")) == ast.dump(
        ast.parse("x = 1\ny = 2\n")
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_a_toml_string_parses_back(text: str) -> None:
    parsed = tomllib.loads(f"x = {toml(text)}\ny = 1\n")
    assert parsed == {"x": text.encode("utf-8", "replace").decode(), "y": 1}


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_stays_on_its_line_without_markup(text: str) -> None:
    for written in (code(text)[1:-1], prose(text)):
        assert written.isprintable()
        assert "`" not in written
    assert "<" not in prose(text)


def test_prose_makes_no_link_and_no_tag() -> None:
    assert prose(r"a \[b](c) <d> & `e`") == r"a \\\[b\](c) &lt;d&gt; &amp; 'e'"


def test_a_comment_is_no_directive() -> None:
    assert comment("x # noqa  # type: ignore") == "x noqa type: ignore"


def test_a_quoted_value_is_cut() -> None:
    assert code("x" * 1000) == "`" + "x" * 300 + "...`"
    assert code({"a": [1, 2]}) == '`{"a": [1, 2]}`'


def test_only_an_identifier_is_written_bare() -> None:
    assert identifier("my_world") == "my_world"
    for text in ("a b", "a;b", "ä", ""):
        with pytest.raises(ValueError, match="not an identifier"):
            identifier(text)


def test_open_questions_become_todo_comments() -> None:
    questions = [
        OpenQuestion(id="size", question="How large?", why=""),
        OpenQuestion(id="fps", question="How fast?", why=""),
    ]
    assert todo(questions, "size", indent=4) == "    # TODO(lucid): size: How large?\n    "
    assert todo(questions, "pixels") == ""
    assert todo_except(questions, "size") == "# TODO(lucid): fps: How fast?\n"
