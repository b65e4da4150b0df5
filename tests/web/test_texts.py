"""The page's texts: every catalogue translates all of them, and buttons hold the translations."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.servers import serving
from tests.web.bundle import WEB
from tests.web.conftest import opened
from tests.web.test_contrast import PaintedWorld
from tests.web.test_page import in_state

SOURCES = sorted([*WEB.glob("client/*.js"), *WEB.glob("ui/*.js")])
LANGUAGES = {path.stem for path in WEB.glob("texts/*.js")}
SAME = """Esc Ctrl Shift Caps·Lock Page·Up Page·Down Stick·{0} REC {0}·ms {0}·s {0}·min·{1}·s Pause
    Session Gamepad Gamepad:·{0} Start Start:·{0} Link Stream Live"""
"""Texts that may be the same in another language: names of keys, units and borrowed words."""

LEFT_OUT = r"""(?x) \b(?:aria-label|title|alt|placeholder)="(?!JSON")[^"$]*[A-Za-z]
    | (?<!=)>\s*[A-Z][a-z]+[^<>${}=;()]*</"""
"""A text in a template that is not tagged."""

CROWDED = """() => {
    const root = document.querySelector("lucid-player").shadowRoot;
    const range = document.createRange();
    const found = [];
    for (const one of root.querySelectorAll("button, label.own, summary, .pill, h2, kbd, dt")) {
        if (one.closest(".unseen") || !one.checkVisibility({ visibilityProperty: true })) continue;
        range.selectNodeContents(one);
        const [text, box] = [range.getBoundingClientRect(), one.getBoundingClientRect()];
        const scrolls = one.closest(".shots, .tiles, .gallery");
        if (text.right > box.right + 1 || text.left < box.left - 1 || text.bottom > box.bottom + 1
            || (!scrolls && (box.right > innerWidth + 1 || box.left < -1))) {
            found.push(`${one.tagName} ${one.textContent.trim() || one.ariaLabel}`);
        }
    }
    return found;
}"""
"""Return the buttons and labels that are narrower than their text, or stand out of the window."""

TEXTS = """() => {
    const root = document.querySelector("lucid-player").shadowRoot;
    return [...root.querySelectorAll("*")].flatMap((one) => [
        one.ariaLabel, one.title, one.placeholder,
        ...[...one.childNodes].map((node) => node.nodeType === 3 ? node.data.trim() : ""),
    ]);
}"""


def english() -> set[str]:
    """Return the keys of all tagged texts: t`About ${n} min.` has the key "About {0} min."."""
    tagged = re.compile(r"\bt`((?:\\.|[^`\\])*)`")
    return {key_of(text) for path in SOURCES for text in tagged.findall(path.read_text("utf-8"))}


def key_of(text: str) -> str:
    parts = re.split(r"\$\{(?:[^{}]|\{[^{}]*\})*\}", text)
    key = "".join(f"{{{index - 1}}}" * (index > 0) + part for index, part in enumerate(parts))
    return key.replace("\\", "")


def catalogue(language: str) -> dict[str, str]:
    source = (WEB / "texts" / f"{language}.js").read_text("utf-8")
    found: dict[str, str] = json.loads(
        re.sub(r",\s*\}", "}", source[source.index("{") :].rstrip(";\n"))
    )
    return found


def test_every_catalogue_translates_all_texts() -> None:
    assert sorted(LANGUAGES) == ["de", "es", "fr", "ja", "ko", "zh"]
    keys = english()
    assert len(keys) > 200
    same = {one.replace("·", " ") for one in SAME.split()}
    for language in LANGUAGES:
        texts = catalogue(language)
        assert set(texts) == keys, language
        for key, text in texts.items():
            for mark in (r"\{\d\}", "`[^`]*`"):
                assert sorted(re.findall(mark, key)) == sorted(re.findall(mark, text)), (
                    language,
                    key,
                )
            assert text.strip(), (language, key)
            assert text != key or key in same, (language, key)


def test_no_text_of_the_page_is_left_out() -> None:
    for path in SOURCES:
        assert re.findall(LEFT_OUT, path.read_text("utf-8")) == [], path


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url() -> AsyncIterator[str]:
    async with serving(PaintedWorld) as server:
        yield server.url


@pytest.mark.browser
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("locale", ["de-DE", "ja-JP"])
async def test_a_phone_plays_in_its_language(browser: Browser, url: str, locale: str) -> None:
    language = locale[:2]
    texts = catalogue(language)
    left = {key for key, text in texts.items() if key != text}
    size = {"width": 390, "height": 844}
    async with opened(browser, url, locale=locale, viewport=size, has_touch=True) as page:

        async def look(state: str) -> None:
            assert await page.evaluate(CROWDED) == [], state
            assert left & set(await page.evaluate(TEXTS)) == set(), state

        await expect(page.locator("html")).to_have_attribute("lang", language)
        await in_state(page, "running")
        await look("the first screen")
        await press(page, texts["Just play"])
        await page.locator("#stage").tap()
        await expect(page.locator(".stick")).to_be_visible()
        await look("playing")
        await press(page, texts["Figures"])
        await look("figures")
        await press(page, texts["Close the figures"])
        await press(page, texts["Filmstrip"])
        await look("the filmstrip")
        await press(page, texts["Saved"])
        await look("what was saved")
        await press(page, texts["Close"])
        for name in ("Settings", "Share and watch", "Help (?)"):
            await press(page, texts[name])
            await look(name)
            await press(page, texts["Close"])
        await press(page, texts["Pause"])
        await in_state(page, "paused")
        await look("paused")


@pytest.mark.browser
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("chosen", "language"), [("DE", "de"), ("constructor", "ja")])
async def test_the_address_chooses_a_language(
    browser: Browser, url: str, chosen: str, language: str
) -> None:
    async with opened(browser, f"{url}?lang={chosen}", locale="ja-JP") as page:
        await expect(page.locator("html")).to_have_attribute("lang", language)
        await expect(page.get_by_role("button", name=catalogue(language)["Pause"])).to_be_visible()


async def press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name, exact=True).click()
