"""The pages of the documentation hang together, and can be read on light and dark screens."""

import ast
import re
import runpy
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
STYLE = (DOCS / "_static" / "site.css").read_text(encoding="utf-8")
EXAMPLES = sorted(path.stem for path in (ROOT / "examples").glob("*.py"))
# The page that sphinx-gallery writes.
GALLERY = "gallery/index"
# What is behind texts of each theme: the page and a panel, as the theme has them.
BACKGROUNDS = {"html": ["#ffffff", "#f3f4f5"], 'html[data-theme="dark"]': ["#14181e", "#29313d"]}


def find_page(name):
    return next((path for path in DOCS.glob(f"{name}.*") if path.suffix in (".rst", ".md")), None)


def list_entries(name):
    """Return the entries of a page's tables of contents."""
    text = find_page(name).read_text(encoding="utf-8")
    entries = []
    for block in re.findall(r"^\.\. toctree::\n((?:   .*\n|\n)*)", text, re.MULTILINE):
        lines = [line.strip() for line in block.splitlines()]
        entries += [line for line in lines if line and not line.startswith(":")]
    folder = Path(name).parent
    found = [re.sub(r"^.*<(.+)>$", r"\1", entry) for entry in entries]
    return [entry if entry == GALLERY else (folder / entry).as_posix() for entry in found]


def walk_pages(name="index"):
    """Yield the names of all pages below a page, as often as they are listed."""
    yield name
    if name != GALLERY:
        for entry in list_entries(name):
            yield from walk_pages(entry)


def test_every_page_is_in_one_table_of_contents():
    listed = list(walk_pages())
    files = [*DOCS.rglob("*.rst"), *DOCS.rglob("*.md")]
    pages = {path.relative_to(DOCS).with_suffix("").as_posix() for path in files}
    written = {page for page in pages if page.startswith(("gallery/", "generated/", "_"))}
    assert sorted(listed) == sorted({*pages - written, GALLERY})


def test_the_header_has_few_sections():
    """More than these do not fit into a line of 1,200 pixels, beside the name and the search."""
    text = (DOCS / "index.rst").read_text(encoding="utf-8")
    titles = re.findall(r"^   (\w+) <[\w/]+>$", text, re.MULTILINE)
    assert len(titles) == len(list_entries("index")) <= 6
    assert len(" ".join(titles)) <= 50
    (shown,) = re.findall(r'"header_links_before_dropdown": (\d+)', read_settings())
    assert int(shown) >= len(titles)


def read_settings():
    return (DOCS / "conf.py").read_text(encoding="utf-8")


def test_files_that_pages_and_settings_name_are_there():
    named = re.findall(r'"(_static/[\w.]+)"', read_settings())
    named += [
        f"_static/{name}" for name in re.findall(r'html_css_files = \["(.+?)"\]', read_settings())
    ]
    assert "version.html" in [path.name for path in (DOCS / "_templates").iterdir()]
    for page in DOCS.glob("*.rst"):
        text = page.read_text(encoding="utf-8")
        named += re.findall(r":file: (\S+)", text)
        named += re.findall(r"^\.\. figure:: (\w+\.png)$", text, re.MULTILINE)
    assert len(named) >= 6
    for name in named:
        assert (DOCS / name).is_file(), name


def test_pages_load_nothing_from_another_host():
    """By default, formulas need a script from another host, and so does the table of times."""
    settings = read_settings()
    assert 'html_math_renderer = "mathml"' in settings
    assert '"write_computation_times": False' in settings
    for path in [*(DOCS / "_static").glob("*.[ch]*"), *DOCS.glob("_templates/**/*.*")]:
        assert "//" not in path.read_text(encoding="utf-8"), path


def test_cards_lead_to_pages_and_labels():
    text = "".join(path.read_text(encoding="utf-8") for path in DOCS.rglob("*.rst"))
    labels = set(re.findall(r"^\.\. _([\w-]+):$", text, re.MULTILINE))
    cards = re.findall(r":link: (\S+)\n +:link-type: (\w+)", text)
    assert len(cards) >= 12
    for link, kind in cards:
        assert link in labels if kind == "ref" else link == GALLERY or find_page(link), link


def test_the_gallery_has_an_order():
    get_place = runpy.run_path(DOCS / "gallery_order.py")["get_place"]
    places = [get_place(f"somewhere/{name}.py") for name in EXAMPLES]
    assert sorted(places) == list(range(len(EXAMPLES)))


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_choose_their_thumbnail(name):
    text = (ROOT / "examples" / f"{name}.py").read_text(encoding="utf-8")
    ((kind, value),) = re.findall(r"^# sphinx_gallery_thumbnail_(\w+) = (.+)$", text, re.MULTILINE)
    if kind == "path":
        assert (DOCS / ast.literal_eval(value)).is_file()
    else:
        assert kind == "number"
        # The call that draws the figure is in the cell above.
        cell = text.split("# sphinx_gallery_thumbnail")[0].rsplit("# %%", 1)[-1]
        assert re.search(r"Display\.from_|pyplot", cell)
        assert int(value) >= 1


def test_the_picture_shows_what_five_people_answered():
    """The vote of its second panel and the shares of its third are counted from the answers."""
    page = ElementTree.fromstring((DOCS / "_static" / "overview.html").read_text(encoding="utf-8"))
    answers = [span.text for span in page.find(".//p[@class='ser-answers']")]
    assert len(answers) == 5
    shares = {name: 100 * answers.count(name) // 5 for name in answers}
    most = max(shares, key=shares.get)
    panels = [read_bars(figure) for figure in page.findall("figure")[1:]]
    assert panels == [{name: 100 * (name == most) for name in shares}, shares]


def read_bars(figure):
    bars = {}
    for bar in figure.findall("ul/li"):
        width = int(re.fullmatch(r"width: (\d+)%", bar.find(".//i").get("style")).group(1))
        assert bar.find("b").text == f"{width} %"
        bars[bar.find("span").text] = width
    return bars


def find_luminance(colour):
    """Return the relative luminance of a colour, by the definition of WCAG 2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", BACKGROUNDS)
def test_colours_can_be_read_in_light_and_dark(theme):
    """A contrast of 4.5 is what WCAG 2 asks of text."""
    (block,) = re.findall(rf"^{re.escape(theme)} {{\n((?:  --.*\n)+)}}", STYLE, re.MULTILINE)
    colours = dict(re.findall(r"(--[\w-]+): (#\w{6});", block))
    assert colours.keys() == {"--ser-anger", "--ser-sadness", "--ser-neutral"}
    for name, colour in colours.items():
        for background in BACKGROUNDS[theme]:
            light, dark = sorted(map(find_luminance, (colour, background)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (name, background)
