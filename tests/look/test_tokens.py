"""Colours can be told apart by everybody, and the whole look weighs little."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

import mediation
from mediation.templatetags.mediation_tags import TONES
from mediation.vocabulary import State

STATIC = Path(mediation.__file__).parent / "static" / "mediation"
FOCUS = dict(re.findall(r"--(focus[\w-]*): (#[0-9a-f]{6})", (STATIC / "tokens.css").read_text()))
TONE_NAMES = ("good", "waiting", "active", "handed", "ended", "bad")


def palettes() -> dict[str, dict[str, str]]:
    """Return the colours of every identity in light and dark, by name."""
    light, _, dark = (STATIC / "tokens.css").read_text().partition("@media screen and (prefers-color-scheme: dark)")
    found: dict[str, dict[str, str]] = {}
    for scheme, source in (("light", light), ("dark", dark)):
        blocks = re.findall(r"([^{}]+)\{([^{}]*)\}", source.partition("{")[2] if scheme == "dark" else source)
        colours = [(selector, dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", body))) for selector, body in blocks]
        shared = {
            name: colour for selector, body in colours if selector.strip() == ":root" for name, colour in body.items()
        }
        for identity in ("public", "court", "net"):
            own = next(body for selector, body in colours if f'data-platform="{identity}"' in selector)
            found[f"{identity}-{scheme}"] = FOCUS | shared | own
    return found


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours as WCAG 2.2 reckons it."""

    def luminance(colour: str) -> float:
        parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_reckoned_as_the_standard_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("name", sorted(palettes()))
def test_text_stands_out_from_its_ground(name: str) -> None:
    colour = palettes()[name]
    pairs = [(ink, ground) for ink in ("ink", "ink-soft", "link", "bad") for ground in ("paper", "surface", "sunken")]
    pairs += [("ink", "brand-soft"), ("link", "brand-soft"), ("ink-soft", "brand-soft"), ("on-brand", "brand")]
    pairs += [("on-brand", "brand-deep"), ("on-brand-soft", "brand"), ("link-deep", "surface"), ("surface", "bad")]
    pairs += [(tone, f"{tone}-soft") for tone in TONE_NAMES] + [("ink", f"{tone}-soft") for tone in TONE_NAMES]

    faint = {pair: round(ratio, 2) for pair in pairs if (ratio := contrast(colour[pair[0]], colour[pair[1]])) < 4.5}

    assert faint == {}


@pytest.mark.parametrize("name", sorted(palettes()))
def test_edges_of_controls_and_pictures_stand_out(name: str) -> None:
    colour = palettes()[name]
    pairs = [("line-strong", ground) for ground in ("surface", "paper", "sunken")] + [("bad", "surface")]

    faint = {pair: round(ratio, 2) for pair in pairs if (ratio := contrast(colour[pair[0]], colour[pair[1]])) < 3}

    assert faint == {}


def test_focus_can_be_seen_on_every_ground() -> None:
    for colour in palettes().values():
        for ground in ("paper", "surface", "brand"):
            assert max(contrast(colour["focus"], colour[ground]), contrast(colour["focus-ink"], colour[ground])) >= 3


def test_every_state_has_a_tone_and_every_tone_a_picture() -> None:
    assert set(TONES) == set(State)
    assert all((STATIC / "icons" / f"{tone}.svg").exists() for tone in TONES.values())


def test_every_colour_and_picture_that_is_used_is_there() -> None:
    names = set(re.findall(r"--([\w-]+):", "".join(path.read_text() for path in STATIC.glob("*.css"))))
    sheets = "".join(path.read_text() for path in STATIC.glob("*.css"))

    assert set(re.findall(r"var\(--([\w-]+)", sheets)) <= names
    assert all((STATIC / address).exists() for address in re.findall(r'url\("([^"]+)"\)', sheets))


def test_the_whole_look_weighs_less_than_a_quarter_of_a_party_page() -> None:
    files = [path for path in STATIC.rglob("*") if path.is_file() and path.name != "admin.css"]

    assert sum(len(gzip.compress(path.read_bytes())) for path in files) < 25_000
