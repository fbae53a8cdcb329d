"""The listening page, clicked through in a headless Chromium."""

import io
import json
import shutil
import time

import numpy as np
import pandas as pd
import pytest

from sklearn_ser import Ratings, Sequences
from sklearn_ser.datasets import load_emodb_sample
from sklearn_ser.inspection import listening_page

selenium = pytest.importorskip("selenium", reason="selenium is not installed")
pytestmark = pytest.mark.skipif(
    shutil.which("chromium") is None or shutil.which("chromedriver") is None,
    reason="chromium or chromedriver is not installed",
)

SCRIPT = "<script>alert(1)</script>"
LABELS = [SCRIPT, "anger", 'joy, or "delight"', "שמחה", "</script>\u2028\u202e x"]
NAMES = [
    "a.ogg",
    'it\'s "b" <b>.ogg',
    "\u202egg.c\u202c.ogg",
    "d \U0001f600 'x'.ogg",
    "e&amp;.ogg",
]
N = 6


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--autoplay-policy=no-user-gesture-required",
        "--window-size=1280,900",
    ):
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """Real recordings with names that are hard to show, and one that does not exist."""
    folder = tmp_path_factory.mktemp("clips")
    files = []
    for name, source in zip(NAMES, load_emodb_sample().data["file"], strict=False):
        files.append(str(folder / name))
        shutil.copy(source, files[-1])
    files.append(str(folder / "nowhere.ogg"))
    return pd.DataFrame({"file": files, "speaker": ["F", "F", "M", "M", "M", "M"]})


@pytest.fixture(scope="module")
def ratings(clips):
    rng = np.random.default_rng(0)
    cells = np.array(LABELS, dtype=object)[rng.integers(len(LABELS), size=(N, 3))]
    table = pd.DataFrame(cells, columns=["E1", "E2 </script>", "E3"], index=clips["file"])
    return Ratings.from_wide(table)


@pytest.fixture(scope="module")
def proba():
    return np.random.default_rng(1).dirichlet(np.ones(len(LABELS)), N)


@pytest.fixture(scope="module")
def path(clips, ratings, proba, tmp_path_factory):
    """A page with everything on it."""
    folder = tmp_path_factory.mktemp("page")
    frames = Sequences.from_arrays([np.zeros((50 + i, 1)) for i in range(N)], frame_step=0.02)
    attention = [np.random.default_rng(i).dirichlet(np.ones(50 + i)) for i in range(N)]
    with pytest.warns(UserWarning, match=r"1 of 6 recordings failed: sample 5 .* does not exist"):
        (path,) = listening_page(
            ratings,
            clips,
            folder / "page.html",
            title=f"</title>{SCRIPT}",
            proba=proba,
            classes=ratings.labels,
            attention=attention,
            frames=frames,
        )
    return path


@pytest.fixture
def page(driver, path):
    """The page, without choices of other tests."""
    return open_page(driver, path)


def open_page(driver, path):
    driver.get(f"file://{path}")
    driver.execute_script("localStorage.clear()")
    driver.get(f"file://{path}")
    return driver


def find(page, selector):
    from selenium.webdriver.common.by import By

    return page.find_element(By.CSS_SELECTOR, selector)


def press(page, *keys):
    find(page, "body").send_keys(*keys)


def texts(page, selector):
    script = "return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent)"
    return page.execute_script(script, selector)


def listed(page):
    """Samples of the list, in its order."""
    script = "return [...document.querySelectorAll('#list li')].map((e) => Number(e.id.slice(5)))"
    return page.execute_script(script)


def selected(page):
    return int(find(page, "#list [aria-selected=true]").get_attribute("id")[5:])


def begin(page):
    """Select the first clip of the data, in the order of the data."""
    set_select(page, "sort", "order")
    find(page, "#clip-0").click()


def set_select(page, name, value):
    script = """
        const select = document.getElementById(arguments[0]);
        select.value = arguments[1];
        select.dispatchEvent(new Event("change"));
        return select.value;
    """
    assert page.execute_script(script, name, value) == value


def type_into(page, selector, text):
    find(page, selector).clear()
    find(page, selector).send_keys(text)


def wait(condition, seconds=15):
    start = time.monotonic()
    while not (found := condition()):
        assert time.monotonic() - start < seconds, "it did not happen"
        time.sleep(0.05)
    return found


def set_downloads(page, folder):
    behaviour = {"behavior": "allow", "downloadPath": str(folder)}
    page.execute_cdp_cmd("Browser.setDownloadBehavior", behaviour)


def download(page, folder):
    set_downloads(page, folder)
    find(page, "#download").click()
    return wait(lambda: next(iter(folder.glob("*.csv")), None))


def test_it_shows_all_text_as_text(page, ratings, clips):
    from selenium.common.exceptions import NoAlertPresentException
    from selenium.webdriver.common.alert import Alert

    assert page.title.replace(" ", "") == f"</title>{SCRIPT}"
    assert texts(page, "#title") == [f"</title>{SCRIPT}"]
    assert sorted(texts(page, "#choices bdi")) == sorted(LABELS)
    assert set(texts(page, "#list .file")) == {*NAMES, "nowhere.ogg"}
    assert sorted(texts(page, "#filter-rater option")) == ["E1", "E2 </script>", "E3", "any"]
    for _ in range(N):
        sample = selected(page)
        assert texts(page, "#details dd")[0] == clips["file"][sample]
        said = ratings[sample]
        shown = dict(
            zip(texts(page, "#answers .label"), texts(page, "#answers .who"), strict=True)
        )
        for rater, (label,) in said.items():
            assert rater in shown[label].split(", ")
        press(page, "\ue014")  # right arrow
    scripts = texts(page, "script:not([type])")
    assert len(scripts) == 1
    with pytest.raises(NoAlertPresentException):
        Alert(page).dismiss()


def test_it_loads_nothing_and_reports_no_error(page):
    begin(page)
    wait(lambda: page.execute_script("return player.currentTime > 0"))
    loaded = page.execute_script(
        "return performance.getEntriesByType('resource').map((entry) => entry.name)"
    )
    assert [name for name in loaded if not name.startswith("blob:")] == []
    assert page.get_log("browser") == []


def test_its_policy_forbids_what_it_does_not_need(page, clips):
    found = page.execute_async_script(
        """
        const [file, done] = arguments;
        const found = [];
        addEventListener("securitypolicyviolation", (e) => found.push(e.effectiveDirective));
        const script = document.createElement("script");
        script.textContent = "window.ran = true";
        const image = document.createElement("img");
        image.src = file;
        document.body.append(script, image);
        image.setAttribute("onclick", "window.ran = true");
        image.click();
        fetch("https://localhost:1/")
            .catch(() => setTimeout(() => done([found, window.ran]), 300));
        """,
        f"file://{clips['file'][0]}",
    )
    page.get_log("browser")
    assert found[1] is None
    assert {"connect-src", "img-src", "script-src-elem", "script-src-attr"} <= set(found[0])


def test_it_is_sorted(page, ratings, proba):
    """As numbers that are computed anew say, highest first."""
    from scipy.stats import entropy

    classes = ratings.labels.tolist()
    labels = ratings.consensus()
    p_label = [p[classes.index(c)] if c else np.nan for p, c in zip(proba, labels, strict=True)]
    votes = [[list(r.values()).count((c,)) for c in classes] for r in ratings]
    values = {
        "suspicion": 1 - np.array(p_label),
        "error": proba.max(axis=1) - p_label,
        "disagreement": entropy(votes, base=2, axis=1),
        "uncertainty": entropy(proba, base=2, axis=1),
        "order": -np.arange(N),
    }
    assert find(page, "#sort").get_attribute("value") == "suspicion"
    for name, value in values.items():
        set_select(page, "sort", name)
        # pandas sorts by other code, and puts NaN last, too.
        expected = pd.Series(value).round(4).sort_values(ascending=False, kind="stable")
        assert listed(page) == expected.index.tolist(), name
        shown = [t for t in texts(page, "#list .score") if t]
        if name != "order":
            assert shown == [f"{v:.2f}" for v in expected.dropna()], name


def test_filters(page, ratings, clips):
    labels = ratings.consensus()
    chosen = next(label for label in labels if label)

    def expect(samples):
        assert sorted(listed(page)) == samples
        count = f"{len(samples)} of {N} clips" if len(samples) < N else f"{N} clips"
        assert texts(page, "#count") == [count]

    set_select(page, "filter-label", f"={chosen}")
    expect([i for i in range(N) if labels[i] == chosen])
    set_select(page, "filter-label", "")
    set_select(page, "filter-answer", f"={LABELS[0]}")
    expect([i for i in range(N) if any(LABELS[0] in said for said in ratings[i].values())])
    set_select(page, "filter-rater", "=E3")
    expect([i for i in range(N) if ratings[i]["E3"] == (LABELS[0],)])
    assert texts(page, "#active-filters") == ["2 active"]
    set_select(page, "filter-answer", "")
    set_select(page, "filter-rater", "")
    set_select(page, "filter-speaker", "=F")
    expect([0, 1])
    set_select(page, "filter-speaker", "")
    set_select(page, "filter-status", "=failed")
    expect([5])
    set_select(page, "filter-status", "")
    find(page, "#search").send_keys("NOWHERE")
    expect([5])
    type_into(page, "#search", "it's <b>")
    expect([1])
    type_into(page, "#search", "nothing has this")
    expect([])
    press(page, "\ue00c")


def test_a_prediction_is_filtered_by(page, proba, ratings):
    predicted = ratings.labels[proba.argmax(axis=1)]
    set_select(page, "filter-prediction", f"={predicted[0]}")
    assert sorted(listed(page)) == np.flatnonzero(predicted == predicted[0]).tolist()


def test_sound_plays_and_is_that_of_the_clip(page, clips):
    from sklearn_ser.speech._audio import read_clip
    from sklearn_ser.speech._recordings import check_audio

    begin(page)
    for sample in range(5):
        wait(lambda: page.execute_script("return player.currentTime > 0.1 && !player.paused"))
        signal = read_clip(check_audio(clips).clips[sample])
        duration = page.execute_script("return player.duration")
        assert duration == pytest.approx(len(signal) / 16000, abs=0.05)
        assert find(page, "#play").get_attribute("aria-label") == "Pause"
        assert page.execute_script("return parseFloat(playhead.style.left)") > 0
        # What the browser decodes is loud where the recording is, to a hundredth of a second.
        decoded = page.execute_async_script(
            """
            const [sample, done] = arguments;
            const text = document.getElementById(`sound-${sample}`).textContent;
            const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
            new OfflineAudioContext(1, 1, 16000).decodeAudioData(bytes.buffer)
                .then((sound) => done([...sound.getChannelData(0)]));
            """,
            sample,
        )
        n = min(len(decoded), len(signal)) // 160 * 160
        loud, own = (np.abs(s[:n]).reshape(-1, 160).mean(1) for s in (np.array(decoded), signal))
        assert np.corrcoef(loud, own)[0, 1] > 0.98
        press(page, "\ue014")
    press(page, "\ue012")  # left arrow


def test_space_and_the_seek_bar(page):
    find(page, "#autoplay").click()
    begin(page)
    assert page.execute_script("return player.paused")
    press(page, " ")
    wait(lambda: page.execute_script("return player.currentTime > 0.05"))
    press(page, " ")
    wait(lambda: page.execute_script("return player.paused"))
    assert find(page, "#play").get_attribute("aria-label") == "Play"
    page.execute_script("seek.value = 0.5; seek.dispatchEvent(new Event('input'))")
    assert page.execute_script("return player.currentTime / player.duration") == pytest.approx(
        0.5, abs=0.03
    )
    press(page, "r")
    wait(lambda: page.execute_script("return player.ended"))
    assert page.execute_script("return playhead.style.left") == "100%"
    find(page, "#play").click()
    assert page.execute_script("return document.activeElement === document.body")
    wait(lambda: page.execute_script("return !player.paused"))


def test_a_recording_that_cannot_be_read_is_shown_as_such(page):
    set_select(page, "sort", "order")
    find(page, "#clip-5").click()
    assert texts(page, "#problem") == ["This recording does not exist."]
    assert texts(page, "#clip-5 .labels") == ["could not be read"]
    assert not find(page, "#stage").is_displayed()
    assert not find(page, "#play").is_enabled()
    press(page, "1")
    assert texts(page, "#progress") == [f"0 of {N} clips have a choice"]


def test_choices_are_downloaded_and_read_back(page, ratings, clips, tmp_path):
    begin(page)
    order = texts(page, "#choices bdi")
    press(page, "1")
    press(page, "\ue015")  # down arrow
    press(page, "4")
    press(page, "\ue015")
    press(page, "2")
    press(page, "u")  # nothing is left of it
    press(page, "n")
    note = 'hm, "noisy"; café'
    find(page, "#note").send_keys(note, "\ue006")  # enter
    press(page, "\ue014")
    find(page, f"#choices button:nth-child({len(LABELS)})").click()
    assert texts(page, "#progress") == [f"3 of {N} clips have a choice"]
    type_into(page, "#name", " Zoë, MD ")
    file = download(page, tmp_path)
    assert file.name == "page-Zoë-MD.csv"
    table = pd.read_csv(file)
    assert table.columns.tolist() == [
        "sample",
        "file",
        "start",
        "end",
        "annotator",
        "label",
        "before",
        "note",
    ]
    assert table["sample"].is_unique
    table = table.sort_values("sample")
    assert table["sample"].tolist() == [0, 1, 2, 3]
    assert table["file"].tolist() == clips["file"][:4].tolist()
    assert table["label"].fillna("").tolist() == [order[0], order[3], "", order[4]]
    assert table["note"].fillna("").tolist() == ["", "", note, ""]
    before = [label or "" for label in ratings.consensus()[:4]]
    assert table["before"].fillna("").tolist() == before
    own = Ratings.from_long(table, samples=range(N))
    assert own.annotators.tolist() == ["Zoë, MD"]
    chosen = [order[0], order[3], None, order[4], None, None]
    assert own.consensus().tolist() == chosen
    # By file, and with the answers of all others.
    by_file = Ratings.from_long(table, sample="file", samples=ratings.ids)
    assert by_file.consensus().tolist() == chosen
    both = Ratings.from_long(pd.concat([ratings.to_long(), table]), samples=range(N))
    assert both[0] == {**ratings[0], "Zoë, MD": (order[0],)}


def test_choices_are_kept_by_the_browser(page, path):
    begin(page)
    press(page, "2")
    label = texts(page, "#choices bdi")[1]
    type_into(page, "#name", "Ann")
    page.get(f"file://{path}")
    assert texts(page, "#progress") == [f"1 of {N} clips have a choice"]
    begin(page)
    assert texts(page, "#choices [aria-pressed=true] bdi") == [label]
    assert find(page, "#name").get_attribute("value") == "Ann"
    press(page, "\ue017")  # delete
    assert texts(page, "#progress") == [f"0 of {N} clips have a choice"]
    assert not find(page, "#download").is_enabled()
    press(page, "u")
    assert texts(page, "#choices [aria-pressed=true] bdi") == [label]


def test_undo_goes_back_to_the_clip(page):
    set_select(page, "sort", "order")
    find(page, "#clip-1").click()
    press(page, "1")
    press(page, "3")
    press(page, "\ue014")
    assert selected(page) == 2
    press(page, "u")
    assert selected(page) == 1
    order = texts(page, "#choices bdi")
    assert texts(page, "#choices [aria-pressed=true] bdi") == [order[0]]
    press(page, "u")
    assert texts(page, "#choices [aria-pressed=true] bdi") == []


def test_next_clip_after_a_choice(page):
    begin(page)
    find(page, "#advance").click()
    press(page, "1")
    assert selected(page) == 1
    press(page, "2")
    assert selected(page) == 2
    assert texts(page, "#progress") == [f"2 of {N} clips have a choice"]


def test_keys_do_not_act_in_fields(page):
    press(page, "/")
    assert page.execute_script("return document.activeElement.id") == "search"
    find(page, "#search").send_keys("1 u?")
    assert find(page, "#search").get_attribute("value") == "1 u?"
    assert texts(page, "#progress") == [f"0 of {N} clips have a choice"]
    find(page, "#search").send_keys("\ue00c")  # escape
    press(page, "?")
    assert find(page, "#help").is_displayed()
    press(page, "1")
    assert texts(page, "#progress") == [f"0 of {N} clips have a choice"]
    press(page, "\ue00c")
    assert not find(page, "#help").is_displayed()


def test_the_name_of_a_rater_is_not_taken(page):
    type_into(page, "#name", "E1")
    assert texts(page, "#message")[0].startswith("One of the raters has this name.")
    type_into(page, "#name", "Ann")
    assert not find(page, "#message").is_displayed()


def test_everything_has_a_name_and_contrast(page):
    """For those who hear the page, and those who see it dimly; light and dark."""
    script = """
        return [...document.querySelectorAll("button, input, select, canvas, [role]")]
            .filter((e) => !(e.getAttribute("aria-label") || e.getAttribute("aria-labelledby")
                || e.textContent.trim() || e.labels?.length))
            .map((e) => e.outerHTML).filter((html) => !html.includes('role="status"')
                && !html.includes('role="alert"'));
    """
    assert page.execute_script(script) == []
    colours = """
        const style = getComputedStyle(document.documentElement);
        return Object.fromEntries(arguments[0].map((n) => [n, style.getPropertyValue(n).trim()]));
    """
    pairs = [("text", "card"), ("muted", "card"), ("muted", "back"), ("accent", "card")]
    pairs += [("on-accent", "accent"), ("warn", "warn-back"), ("warn", "card"), ("muted", "weak")]
    for scheme in ("light", "dark"):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        names = sorted({f"--{name}" for pair in pairs for name in pair})
        found = page.execute_script(colours, names)
        for a, b in pairs:
            ratio = contrast(found[f"--{a}"], found[f"--{b}"])
            assert ratio >= 4.5, (scheme, a, b, ratio)  # WCAG 2, level AA
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def contrast(*colours):
    light = []
    for colour in colours:
        channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        linear = np.where(
            channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4
        )
        light.append(linear @ [0.2126, 0.7152, 0.0722] + 0.05)
    return max(light) / min(light)


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_is_wider_than_the_screen(page, width):
    size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    for _ in range(N):
        script = "return [document.scrollingElement.scrollWidth, innerWidth]"
        scrolled, inner = page.execute_script(script)
        assert scrolled <= inner == width
        press(page, "\ue014")
    page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_clip_that_is_selected_on_a_phone_comes_into_view(page):
    size = {"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    set_select(page, "sort", "order")
    page.execute_script("document.getElementById('clip-4').scrollIntoView()")
    top = "return document.getElementById('clip-name').getBoundingClientRect().top"
    assert page.execute_script(top) < 0
    find(page, "#clip-4").click()
    assert 0 <= page.execute_script(top) < 100
    page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_pages_lead_to_each_other(driver, clips, ratings, tmp_path):
    good = clips[:5]
    whole = listening_page(ratings[:5], good, tmp_path / "whole.html", sort="order")
    size = len(open(whole[0], "rb").read())
    paths = listening_page(
        ratings[:5], good, tmp_path / "an odd #name?.html", sort="order", max_bytes=size - 10000
    )
    assert len(paths) == 2
    page = open_page(driver, paths[0].replace("#", "%23").replace("?", "%3F"))
    first = listed(page)
    press(page, "1")
    find(page, "#pages a").click()
    wait(lambda: texts(page, "#pages a") == ["Previous page"])
    assert first + listed(page) == [0, 1, 2, 3, 4]
    assert texts(page, "#progress") == [f"0 of {5 - len(first)} clips have a choice"]
    press(page, "2")
    find(page, "#pages a").click()
    wait(lambda: texts(page, "#pages a") == ["Next page"])
    # A choice on one page does not replace those on another.
    assert texts(page, "#progress") == [f"1 of {len(first)} clips have a choice"]
    find(page, "#pages a").click()
    wait(lambda: texts(page, "#pages a") == ["Previous page"])
    assert texts(page, "#progress") == [f"1 of {5 - len(first)} clips have a choice"]


def test_short_silent_and_long_labels(driver, tmp_path):
    """A clip of 10 ms is a WAV file, and numbers are labels, too."""
    tone = np.sin(np.arange(160) / 5).astype(np.float32)
    silence = np.zeros(8000, np.float32)
    ratings = Ratings.from_labels([0, 1], target_classes=[1, 0])
    (path,) = listening_page(ratings, [tone, silence], tmp_path / "p.html", sort="order")
    page = open_page(driver, path)
    assert texts(page, "#choices bdi") == ["1", "0"]
    assert not find(page, "#model-card").is_displayed()
    press(page, " ")
    wait(lambda: page.execute_script("return player.ended"))
    assert page.execute_script("return player.duration") == pytest.approx(0.01, abs=0.002)
    press(page, "2")
    press(page, "\ue014")
    wait(lambda: page.execute_script("return player.duration > 0.45 && player.duration < 0.55"))
    press(page, "1")
    table = pd.read_csv(download(page, tmp_path))
    assert Ratings.from_long(table).consensus().tolist() == [0, 1]


def test_labels_that_pandas_would_change_are_read_as_the_warning_says(driver, tmp_path):
    ratings = Ratings.from_labels(["None", "007", "sad"], target_classes=["None", "007", "sad"])
    sounds = [np.full(8000, 0.1, np.float32)] * 3
    with pytest.warns(UserWarning, match=r"changes labels .* 'None', '007'\. Read the file"):
        (path,) = listening_page(ratings, sounds, tmp_path / "p.html", sort="order")
    page = open_page(driver, path)
    for key in "123":
        press(page, key)
        press(page, "\ue014")
    table = pd.read_csv(download(page, tmp_path), dtype={"label": str}, keep_default_na=False)
    assert Ratings.from_long(table).consensus().tolist() == ["None", "007", "sad"]


def test_a_browser_that_keeps_nothing_says_so(driver, path, tmp_path):
    blocked = """
        Object.defineProperty(window, "localStorage", {get() { throw new Error("blocked"); }});
    """
    added = driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": blocked})
    try:
        driver.get(f"file://{path}")
        assert texts(driver, "#message")[0].startswith("This browser does not keep choices")
        begin(driver)
        press(driver, "1")
        assert texts(driver, "#progress") == [f"1 of {N} clips have a choice"]
        assert len(pd.read_csv(download(driver, tmp_path))) == 1  # and so may be closed
    finally:
        driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)


def test_what_the_page_holds_is_what_was_given(page, proba):
    """The JSON of the page, as the browser reads it."""
    text = page.execute_script("return document.getElementById('data').textContent")
    read = json.loads(text)
    assert "<" not in text
    for clip in read["clips"]:
        np.testing.assert_allclose(clip["proba"], proba[clip["sample"]], atol=5e-5)
    assert io.StringIO(text).read().isascii()


SOUNDS = [0.4 * np.sin(np.arange(8000) / (5 + i)).astype(np.float32) for i in range(6)]


def write_page(folder, sounds=None, **options):
    labels = Ratings.from_labels(["sad", "angry", "sad"])
    folder.mkdir(exist_ok=True)
    sounds = SOUNDS[:3] if sounds is None else sounds
    (path,) = listening_page(labels, sounds, folder / "page.html", sort="order", **options)
    return path


def chosen(page):
    return [text.removeprefix("\u2713 ") for text in texts(page, "#list .chosen")]


def test_choices_stay_on_pages_of_the_same_sounds(driver, tmp_path):
    page = open_page(driver, write_page(tmp_path / "a"))
    press(page, "1", "\ue014", "2")
    type_into(page, "#note", "hm\ue006")
    assert chosen(page) == ["angry", "sad", ""]
    other = [*SOUNDS[3:5], SOUNDS[2]]
    page.get(f"file://{write_page(tmp_path / 'b', other)}")
    assert chosen(page) == ["", "", ""]
    press(page, "2")
    assert chosen(page) == ["sad", "", ""]
    for options in ({"choices": ["angry", "sad", "joy"]}, {"annotator": "Ann"}):
        page.get(f"file://{write_page(tmp_path / 'c', **options)}")
        assert chosen(page) == ["", "", ""]
    # The same page in another folder, and written again with one other sound.
    page.get(f"file://{write_page(tmp_path / 'd')}")
    assert chosen(page) == ["angry", "sad", ""]
    page.get(f"file://{write_page(tmp_path / 'a', [SOUNDS[5], *SOUNDS[1:3]])}")
    assert chosen(page) == ["", "sad", ""]
    press(page, "\ue014")
    assert find(page, "#note").get_attribute("value") == "hm"


def test_what_the_page_did_not_keep_is_not_read(driver, tmp_path):
    page = open_page(driver, write_page(tmp_path / "a"))
    keys = page.execute_script(
        "return JSON.parse(data.textContent).clips.map((c) => "
        "JSON.parse(data.textContent).store + ' ' + c.key)"
    )
    store = keys[0].rpartition(" ")[0]
    kept = ['{"label": "joy", "note": "hm"}', "no JSON", '{"label": 1, "note": ["x"]}']
    for key, text in zip([*keys, store], [*kept, "null"], strict=True):
        page.execute_script("localStorage.setItem(...arguments)", key, text)
    page.refresh()
    assert chosen(page) == ["", "", ""]
    assert find(page, "#note").get_attribute("value") == "hm"
    assert find(page, "#name").get_attribute("value") == "listener"
    assert not find(page, "#message").is_displayed()
    press(page, "2")
    page.refresh()
    assert chosen(page) == ["sad", "", ""]


def switch(driver, tab):
    """Show a tab and give it the focus, as a click on it does: keys go where the focus is."""
    driver.switch_to.window(tab)
    driver.execute_cdp_cmd("Page.bringToFront", {})
    wait(lambda: driver.execute_script("return document.hasFocus() && !document.hidden"))


@pytest.fixture
def tabs(driver, tmp_path):
    """The same page in two tabs."""
    path = write_page(tmp_path / "a")
    first = open_page(driver, path).current_window_handle
    driver.switch_to.new_window("tab")
    second = driver.current_window_handle
    driver.get(f"file://{path}")
    switch(driver, second)
    yield first, second
    switch(driver, second)
    driver.close()
    switch(driver, first)


def test_two_tabs_keep_the_choices_of_both(driver, tabs):
    first, second = tabs
    press(driver, "1")
    assert chosen(driver) == ["angry", "", ""]
    type_into(driver, "#name", "Zoë")
    switch(driver, first)
    wait(lambda: chosen(driver) == ["angry", "", ""])
    wait(lambda: find(driver, "#name").get_attribute("value") == "Zoë")
    assert texts(driver, "#progress") == ["1 of 3 clips have a choice"]
    assert find(driver, "#download").is_enabled()
    assert texts(driver, "#choices [aria-pressed=true] bdi") == ["angry"]
    type_into(driver, "#note", "loud\ue006")
    find(driver, "#advance").click()
    press(driver, "\ue014", "2")
    switch(driver, second)
    wait(lambda: chosen(driver) == ["angry", "sad", ""])
    wait(lambda: find(driver, "#advance").is_selected())
    assert find(driver, "#note").get_attribute("value") == "loud"
    # The note of the other tab has replaced what could be undone here.
    assert not find(driver, "#undo").is_enabled()
    find(driver, "#clip-2").click()
    press(driver, "1")
    for tab in tabs:
        switch(driver, tab)
        driver.refresh()
        assert chosen(driver) == ["angry", "sad", "angry"]
        assert find(driver, "#note").get_attribute("value") == "loud"
        assert find(driver, "#name").get_attribute("value") == "Zoë"
        assert find(driver, "#advance").is_selected()


def make_deaf(driver, *events):
    """Keep these events of the browser from the page of this tab."""
    source = "".join(
        f"addEventListener('{event}', (event) => event.stopImmediatePropagation(), true);"
        for event in events
    )
    driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": source})
    driver.refresh()


def test_a_tab_that_was_told_of_nothing_reads_when_it_is_seen(driver, tabs):
    """Both tabs keep both choices, and each undoes only its own."""
    first, second = tabs
    make_deaf(driver, "storage")
    press(driver, "1")
    switch(driver, first)
    press(driver, "\ue014", "2")
    type_into(driver, "#name", "Zoë")
    switch(driver, second)
    wait(lambda: chosen(driver) == ["angry", "sad", ""])
    assert find(driver, "#name").get_attribute("value") == "Zoë"
    press(driver, "u")
    assert chosen(driver) == ["", "sad", ""]
    assert not find(driver, "#undo").is_enabled()


def test_a_tab_that_was_told_of_nothing(driver, tabs):
    """It changes what was changed on it, only."""
    first, second = tabs
    make_deaf(driver, "storage", "visibilitychange")
    switch(driver, first)
    press(driver, "2")
    type_into(driver, "#note", "loud\ue006")
    switch(driver, second)
    assert chosen(driver) == ["", "", ""]
    press(driver, "1")
    assert find(driver, "#note").get_attribute("value") == "loud"
    press(driver, "u")
    assert chosen(driver) == ["sad", "", ""]


def test_clearing_in_another_tab(driver, tabs):
    first, second = tabs
    press(driver, "1", "\ue014", "2")
    switch(driver, first)
    wait(lambda: chosen(driver) == ["angry", "sad", ""])
    press(driver, "\ue017")
    switch(driver, second)
    wait(lambda: chosen(driver) == ["", "sad", ""])
    switch(driver, first)
    driver.execute_script("localStorage.clear()")
    switch(driver, second)
    wait(lambda: chosen(driver) == ["", "", ""])
    assert not find(driver, "#download").is_enabled()


def test_a_note_that_is_being_typed_is_not_replaced(driver, tabs):
    first, second = tabs
    find(driver, "#note").send_keys("mine")
    switch(driver, first)
    press(driver, "1")
    switch(driver, second)
    wait(lambda: chosen(driver) == ["angry", "", ""])
    assert find(driver, "#note").get_attribute("value") == "mine"
    press(driver, "\ue006")
    driver.refresh()
    assert find(driver, "#note").get_attribute("value") == "mine"
    assert chosen(driver) == ["angry", "", ""]


def test_channels_are_shown_and_downloaded(driver, tmp_path, monkeypatch):
    import soundfile

    # The name of the folder would be searched, too.
    monkeypatch.chdir(tmp_path)
    soundfile.write("a.wav", np.column_stack(SOUNDS[:2]), 16000)
    audio = pd.DataFrame({"file": "a.wav", "channel": [0, 1, None]})
    page = open_page(driver, write_page(tmp_path / "a", audio))
    names = ["a.wav, channel 0", "a.wav, channel 1", "a.wav"]
    assert texts(page, "#list .file") == names
    for name in names:
        assert texts(page, "#clip-name") == [name]
        shown = dict(zip(texts(page, "#details dt"), texts(page, "#details dd"), strict=True))
        assert shown.get("Channel") == (name[-1] if "channel" in name else None)
        press(page, "1", "\ue014")
    type_into(page, "#search", "channel 1")
    wait(lambda: listed(page) == [1])
    own = pd.read_csv(download(page, tmp_path))
    assert own.columns.tolist()[2:6] == ["start", "end", "channel", "annotator"]
    assert own["channel"].fillna(-1).tolist() == [0, 1, -1]


def test_answers_to_channels_are_read_back(driver, tmp_path):
    import soundfile

    from sklearn_ser.datasets import load_table

    recordings = pd.DataFrame(
        {"file": ["a.wav", "a.wav", "b.wav", "b.wav"], "channel": [0, 1] * 2}
    )
    for name in ("a.wav", "b.wav"):
        soundfile.write(tmp_path / name, np.column_stack(SOUNDS[:2]), 16000)
    recordings["speaker"] = list("ABCD")
    answers = recordings[["file", "channel"]].assign(rater="E1", label=["sad", "angry"] * 2)
    corpus = load_table(recordings, answers, root=tmp_path)
    (path,) = listening_page(corpus.ratings, corpus.data, tmp_path / "page.html", sort="order")
    page = open_page(driver, path)
    press(page, "2", "\ue014", "1", "\ue014", "\ue014", "1")
    file = download(page, tmp_path)
    both = load_table(recordings, [answers, file], root=tmp_path)
    said = [dict(row).get("listener") for row in both.ratings]
    assert said == [("sad",), ("angry",), None, ("angry",)]


FORMULAS = ["=1+1", "+1", "-1", "@SUM(1)", "=cmd|' /C calc'!A0", "\uff1d1+1"]


def test_notes_are_no_formulas_and_labels_are_as_they_were(driver, tmp_path):
    labels = [f"{text} x" for text in FORMULAS]
    import soundfile

    files = [str(tmp_path / f"{i}.wav") for i in range(len(labels))]
    for file, sound in zip(files, SOUNDS, strict=True):
        soundfile.write(file, sound, 16000)
    ratings = Ratings.from_labels(labels, target_classes=labels)
    (path,) = listening_page(ratings, files, tmp_path / "page.html", sort="order")
    page = open_page(driver, path)
    notes = [*FORMULAS[:4], "hm; =1+1", "a-b = c, -1 dB"]
    for key, note in enumerate(notes, start=1):
        press(page, str(key))
        type_into(page, "#note", f"{note}\ue006")
        press(page, "\ue014")
    found = pd.read_csv(download(page, tmp_path))
    assert found["label"].tolist() == labels
    assert found["file"].tolist() == files
    assert found["note"].tolist() == [
        *(f"'{text}" for text in FORMULAS[:4]),
        "hm; '=1+1",
        "a-b = c, -1 dB",
    ]
    assert Ratings.from_long(found).consensus().tolist() == labels
    page.refresh()
    assert find(page, "#note").get_attribute("value") == notes[0]


# Blind


HIDDEN = ["Hidden until you choose a label."]


def test_blind_until_a_label_is_chosen(page):
    begin(page)
    shown = [texts(page, selector) for selector in ("#answers", "#model", "#choices .tag")]
    rows = texts(page, "#list .labels")
    assert rows[0]
    press(page, "b")
    assert find(page, "#blind").is_selected()
    assert texts(page, "#answers") == texts(page, "#model") == HIDDEN
    assert texts(page, "#choices .tag") == []
    # What cannot be read cannot be rated, either.
    assert texts(page, "#list .labels") == [""] * 5 + ["could not be read"]
    press(page, "2")
    assert shown == [texts(page, selector) for selector in ("#answers", "#model", "#choices .tag")]
    assert texts(page, "#list .labels") == [rows[0], *[""] * 4, "could not be read"]
    press(page, "\ue014")  # right
    assert texts(page, "#answers") == HIDDEN
    press(page, "\ue012", "\ue017")  # left, delete
    assert texts(page, "#answers") == HIDDEN
    press(page, "u")
    assert shown == [texts(page, selector) for selector in ("#answers", "#model", "#choices .tag")]
    # The browser keeps the setting.
    page.refresh()
    assert find(page, "#blind").is_selected()
    assert sum(map(bool, texts(page, "#list .labels"))) == 2
    press(page, "b")
    assert texts(page, "#list .labels").count("") == 0


def test_blind_to_profiles_and_columns(driver, clips, ratings, proba, tmp_path):
    frames = Sequences.from_arrays([np.zeros((50, 1))] * N, frame_step=0.02)
    table = pd.DataFrame({"sample": range(N), "sex": list("mfmfmf"), "mood": list("xyxyxy")})
    with pytest.warns(UserWarning, match="1 of 6 recordings failed"):
        (path,) = listening_page(
            table,
            clips,
            tmp_path / "page.html",
            classes=ratings.labels,
            proba=proba,
            profile=[np.tile(row, (50, 1)) for row in proba],
            frames=frames,
            sort="order",
        )
    page = open_page(driver, path)
    begin(page)
    for key, is_shown in [("", True), ("b", False), ("1", True), ("\ue014", False), ("b", True)]:
        press(page, key)
        assert find(page, "#profile").is_displayed() == is_shown
        assert find(page, "#legend").is_displayed() == is_shown
        assert ("mood" in texts(page, "#details dt")) == is_shown
        assert not find(page, "#answers-card").is_displayed()
        if is_shown:
            assert all(texts(page, "#legend b"))


def test_nothing_to_be_blind_to(driver, clips, tmp_path):
    table = pd.DataFrame({"sample": range(5)})
    (path,) = listening_page(table, clips[:5], tmp_path / "page.html", choices=["sad", "angry"])
    page = open_page(driver, path)
    assert not find(page, "#blind-switch").is_displayed()
    press(page, "b", "2")
    assert texts(page, "#choices [aria-pressed=true] bdi") == ["angry"]
    assert not find(page, "#blind").is_selected()


# Small screens and help


@pytest.mark.parametrize("width", [320, 390])
def test_long_names_on_a_phone(driver, clips, tmp_path, width):
    label, name = "a_label_without_spaces" * 3, "x" * 90
    audio = clips[:3].assign(speaker="s" * 70)
    ratings = Ratings.from_wide([[label, "sad"]] * 3, annotators=["E" * 60, "B"])
    (path,) = listening_page(ratings, audio, tmp_path / f"{name}.html", title=name * 2)
    page = open_page(driver, path)
    size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    script = "return [document.scrollingElement.scrollWidth, innerWidth]"
    assert page.execute_script(script) == [width, width]
    press(page, "?")
    assert page.execute_script(script) == [width, width]
    box = "return document.getElementById('help-title').getBoundingClientRect()"
    # Help begins with the keys, also where it is longer than the screen.
    assert page.execute_script(box)["top"] >= 0
    page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_the_order_is_explained_where_it_is_chosen(page):
    about = dict(zip(texts(page, "#help-sorts dt"), texts(page, "#help-sorts dd"), strict=True))
    script = "return [...document.getElementById('sort').options].map((o) => o.value)"
    values = page.execute_script(script)
    names = dict(zip(texts(page, "#sort option"), values, strict=True))
    assert names.keys() == about.keys()
    for name, value in names.items():
        set_select(page, "sort", value)
        assert texts(page, "#sort-about") == [about[name]]
    assert "the probability that the model gives to other labels" in about["Suspicion"]
    assert "all keys" in texts(page, ".keys")[0]
