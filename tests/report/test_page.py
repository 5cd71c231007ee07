"""The page: what it says, what it holds, and that nothing in it can do harm. Its figures are drawn elsewhere."""

import hashlib
import re
from base64 import b64encode
from dataclasses import replace
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pytest

import softargmax as sm
from softargmax._drawing.digits import plain
from softargmax.exceptions import ArgumentError
from softargmax.metrics import Estimate, SetScore
from softargmax.report import report
from softargmax.report.sentences import belief, change, said, times

HOSTILE = [
    "<script>alert(1)</script>",
    "\x1b[31mred",
    "\u202egnp.exe",
    "x" * 10_000,
    "",
    "زبان فارسی",
    "\"'><img src=x>",
]


def drawn(seed, n, n_classes, sureness=1.0):
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(n, n_classes)) * 2.5
    return (logits + rng.gumbel(size=logits.shape)).argmax(axis=1), logits * sureness


@pytest.fixture(scope="module")
def ten():
    """An assessment after calibration with all there is, that before it, and the comparison."""
    y, logits = drawn(1, 3000, 7, 2.0)
    groups = {"country": np.arange(3000) % 3}
    now = sm.assess(y, logits=logits / 2.0, groups=groups, keys=[("a.csv", i) for i in range(3000)], keep_worst=4)
    now = replace(now, sets=SetScore(0.95, Estimate(0.94, 0.93, 0.95, 0.95, 3000), 1.2, (0.0, 0.8, 0.2)))
    return now, sm.assess(y, logits=logits), sm.compare(y, logits=(logits, logits / 2.0))


@pytest.fixture(scope="module")
def page(ten):
    now, before, comparison = ten
    return report(now, before=before, comparison=comparison, classes=list("abcdefg"), title="letters", fitted=500)


def column(name="a", *, used=True, missing=0.25, importance=None, odd=None):
    """A column of a table, as the page is told of it."""
    return SimpleNamespace(
        name=name, done="number: standardised", is_used=used, missing=missing if used else None,
        importance=importance and SimpleNamespace(column=name, increase=importance[0], standard_error=importance[1]),
        odd=odd, is_unlike=any(one.is_drift for one in odd or ()),
    )  # fmt: skip


@pytest.fixture(scope="module")
def two():
    y, logits = drawn(2, 2000, 2)
    return sm.assess(y, logits=logits)


class Page(HTMLParser):
    """What is on a page: elements by their ids, and the text of it."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.tags, self.depth, self.texts = [], [], 0, []
        self.attributes = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in ("meta", "br"):
            self.depth += 1

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        self.depth -= 1

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self):
        return " ".join("".join(self.texts).split())


PARTS = ["verdict", "reliability", "change", "coverage", "confusion", "classes", "groups", "sets", "worst", "made"]


def test_every_part_is_there_in_its_order_and_no_id_twice(page):
    found = Page(page)
    assert [one for one in found.ids if one in PARTS] == PARTS
    assert len(set(found.ids)) == len(found.ids)
    assert found.depth == 0
    for link in re.findall(r'href="#([^"]+)"', page):
        assert link in found.ids
    for one in re.findall(r'aria-labelledby="([^"]+)"', page):
        assert set(one.split()) <= set(found.ids)


def test_what_was_not_measured_is_left_out():
    y, logits = drawn(3, 300, 3)
    found = Page(report(sm.assess(y, logits=logits)))
    parts = [one for one in found.ids if one in PARTS]
    assert parts == ["verdict", "reliability", "coverage", "confusion", "classes", "made"]
    assert "It holds no single row." in found.text


def test_the_page_loads_nothing_and_runs_nothing(page):
    found = Page(page)
    assert not {"script", "img", "link", "iframe", "object", "form"} & set(found.tags)
    assert not [name for name, _ in found.attributes if name.startswith("on") or name in ("style", "src")]
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page
    assert "url(" not in page
    style = re.search(r"<style>(.*?)</style>", page, re.S).group(1)
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in page.replace("&#x27;", "'")


def test_the_same_assessment_gives_the_same_bytes(ten, page, tmp_path):
    now, before, comparison = ten
    again = tmp_path / "page.html"
    report(now, before=before, comparison=comparison, classes=list("abcdefg"), title="letters", fitted=500, path=again)
    assert again.read_bytes() == page.encode()
    assert [file.name for file in tmp_path.iterdir()] == ["page.html"]


def test_numbers_on_the_page_are_those_of_the_metrics(ten, page):
    now, before, comparison = ten
    text = Page(page).text
    wrong = [Estimate(1 - e.value, 1 - e.high, 1 - e.low, 0.95, e.n) for e in (before.accuracy, now.accuracy)]
    for one in (now.accuracy, *wrong, now.log_loss, before.log_loss, now.brier_score, now.expected_calibration_error):
        assert said(one) in text
    for one in now.risk_coverage.thresholds:
        assert f"{plain(one.top_probability)}{plain(one.coverage)}{said(one.risk)}" in text
    for one in now.worst:
        assert f"a.csv {one.key[1]}{'abcdefg'[one.truth]}" in text
    assert "country: 0" in text or "country : 0" in text
    assert change(before.log_loss, now.log_loss, comparison.log_loss) in text
    assert "500 other rows" in text


@pytest.mark.parametrize("n_classes", [2, 3, 40])
@pytest.mark.parametrize("kind", ["one row", "perfect", "hopeless", "sure and wrong"])
def test_any_model_has_a_page(kind, n_classes):
    n = 1 if kind == "one row" else 60
    y = np.arange(n) % n_classes
    answers = y if kind in ("one row", "perfect") else (y + 1) % n_classes
    logits = np.eye(n_classes)[answers] * (0.1 if kind == "hopeless" else 30.0)
    found = Page(report(sm.assess(y, logits=logits, keep_worst=2)))
    assert found.depth == 0
    for word in ("nan", "inf ", "None", "unknown"):
        assert word not in found.text
    if kind == "one row":
        assert "Right in 1 of 1 row; too few rows to tell whether its probabilities can be believed" in found.text
    if kind == "perfect":
        assert "No row is mixed up." in found.text
        assert "No class has a wrong answer." in found.text
        assert "No answer is wrong: it can answer every row." in found.text
        whole = ".500, and comes true 50" if n_classes == 2 else "1, and is right 100"
        assert f"On the whole it says {whole} times in 100" in found.text
    if kind == "sure and wrong":
        assert "Right in 0 of 60 rows, but its probabilities cannot be believed" in found.text


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (0.8, 0.8, "times: true, as far as these rows can tell. Before calibration its claim was true, too."),
        (
            0.9,
            0.8,
            "true, as far as these rows can tell. Before calibration it claimed so 10.0 times in 100 too often.",
        ),
        (0.7, 0.9, "10.0 times in 100 too often. Before calibration it claimed so 10.0 times in 100 too seldom."),
        (0.8, 0.7, "too seldom. Before calibration its claim was true, as far as these rows can tell."),
    ],
)
def test_a_claim_is_called_false_only_where_it_lies_off_the_range(before, after, words):
    y = (np.arange(1000) % 5 == 0).astype(int)
    then, now = (sm.assess(y, probabilities=np.full(1000, 1.0 - top)) for top in (before, after))
    assert words in Page(report(now, before=then)).text


@pytest.mark.parametrize("of", ["positive", "label"])
def test_the_group_that_is_named_first_is_one_that_is_off(of):
    """A large group is off by more rows, and by no more than chance; a small one by fewer, and surely."""
    y, logits = np.repeat([1, 0, 1, 0], [5030, 4970, 25, 5]), np.full(10_030, 1e-9)
    found = sm.assess(y, logits=logits, of=of, groups={"age": np.repeat(["young", "old"], [10_000, 30])})
    gap = "expects 10 cases too few" if of == "positive" else "claims to be right 10 times too seldom"
    assert f"In age: old the model {gap}, among 30 rows." in Page(report(found)).text


@pytest.mark.parametrize(
    ("longest", "words"), [(4, "four classes.100"), (5, "five classes.100"), (6, "5 to 6 classes.100")]
)
def test_long_lists_are_counted_together(ten, longest, words):
    sizes = (0.0, 0.9, *[0.0] * (longest - 2), 0.1)
    now = replace(ten[0], sets=SetScore(0.95, Estimate(0.94, 0.93, 0.95, 0.95, 3000), 1.2, sizes))
    assert words in Page(report(now)).text


def test_columns_stand_in_the_order_of_what_they_need_said(two):
    drift = SimpleNamespace(what="unknown", count=30, of=90, is_drift=True)
    single = SimpleNamespace(what="missing", count=1, of=90, is_drift=False)
    columns = [
        column("left", used=False),
        column("little", importance=(0.01, 0.02), odd=(single,)),
        column("much", importance=(0.5, 0.1), odd=()),
        column("odd", importance=(-0.01, 0.01), odd=(drift,)),
    ]
    page = report(two, columns=columns)
    found = Page(page)
    assert (
        "It looks at 3 columns and leaves 1 out; it leans most on “much”. In “odd”, these rows are unlike" in found.text
    )
    table = page[page.index('<table class="columns listed">') :]
    assert re.findall(r"<th scope=\"row\"><bdi>(\w+)", table) == ["odd", "much", "little", "left"]
    assert "30 of 90 were not seen at fit" in re.search(r'<small class="warn">([^<]*)', table).group(1)
    assert "<small>1 of 90 is missing" in table
    assert ".500 (.304 to .696)" in found.text
    widths = [float(w) for w in re.findall(r'width="([\d.]+)%" height="10" class="accent"', page)]
    assert widths == pytest.approx([100 * 0.5 / 0.696, 100 * 0.01 / 0.696, 0], abs=0.01)


def test_of_a_fit_nothing_is_said_of_other_rows(two):
    found = Page(report(two, columns=[column(str(i)) for i in range(130)]))
    assert "It looks at 130 columns." in found.text
    assert "unlike" not in found.text
    assert "log loss grows" not in found.text
    assert "The next 88 columns; 30 are left out" in found.text
    alike = Page(report(two, columns=[column(odd=())]))
    assert "It looks at 1 column. In none of them are these rows unlike those at fit beyond chance." in alike.text


def test_remarks_stand_under_the_verdict_and_are_text(two):
    page = report(two, remarks=["The score <b>rests</b> on 5 patients."])
    assert "<bdi>The score &lt;b&gt;rests&lt;/b&gt; on 5 patients.</bdi>" in page
    assert page.index("on 5 patients") < page.index('id="reliability"')


def test_without_a_comparison_no_change_is_judged(ten):
    now, before, _ = ten
    found = Page(report(now, before=before))
    assert "Whether a difference is more than chance was not measured." in found.text
    assert "Better" not in found.text
    assert f"before {said(before.log_loss)}" in found.text


def test_errors_among_the_surest_rows_stand_beside_those_expected():
    y = np.array([0] * 90 + [1] * 10 + [0, 1] * 50)
    sure = np.array([[0.97, 0.02, 0.01]] * 100 + [[0.5, 0.4, 0.1]] * 100)
    text = Page(report(sm.assess(y, probabilities=sure, keep_worst=3))).text
    assert "of the 100 rows in which it was at least 95 % sure, it expected 3.0 to be wrong; 10 were." in text
    y = np.array([1] * 80 + [0] * 20 + [0] * 190 + [1] * 10 + [0, 1] * 50)
    event = np.array([0.98] * 100 + [0.03] * 200 + [0.5] * 100)
    text = Page(report(sm.assess(y, probabilities=event, keep_worst=3))).text
    assert "of the 300 rows in which it was at least" in text
    assert "sure of the other class, it expected 8.0 to be wrong; 30 were." in text


def test_a_share_of_one_has_a_range_to_three_digits(two):
    found = Page(report(sm.assess(np.arange(2000) % 3, logits=np.eye(3)[np.arange(2000) % 3] * 20.0)))
    assert "1 (.998 to 1)" in found.text


def test_hostile_names_are_text_and_short():
    y, logits = drawn(4, 700, len(HOSTILE))
    group = np.array(HOSTILE, dtype=object)[np.arange(700) % len(HOSTILE)]
    keys = [(HOSTILE[i % len(HOSTILE)], str(i)) for i in range(700)]
    found = sm.assess(y, logits=logits, groups={HOSTILE[0]: group}, keys=keys, keep_worst=5)
    page = report(
        found, classes=HOSTILE, title=HOSTILE[0], made=[(HOSTILE[1], HOSTILE[2])], key_names=(HOSTILE[0], "Row")
    )
    tags = Page(page)
    assert not {"script", "img"} & set(tags.tags)
    assert tags.depth == 0
    assert "(no name)" in tags.text
    assert "زبان فارسی" in tags.text
    assert not set(page) & set("\x1b\u202e\x00")
    assert len(page) < 300_000
    assert "x" * 61 not in page


def test_a_thousand_classes_with_long_names_fit_into_300_kB():
    y, logits = drawn(5, 3000, 1000)
    names = [f"{code} 日本語のとても長いクラスの名前です日本語のとても長いクラスの名前です" for code in range(1000)]
    found = sm.assess(y, logits=logits, keep_worst=8, groups=np.arange(3000) % 900)
    assert len(report(found, classes=names).encode()) < 300_000


def test_two_classes_are_judged_by_their_risk(two):
    text = Page(report(two, classes=["no", "yes"])).text
    for words in ("its risk", "What acting on it gains", "acting on no one", "Mean risk"):
        assert words in text
    for one in (two.risks.auc, two.risks.slope, two.risks.intercept):
        assert said(one) in text


@pytest.mark.parametrize(
    ("interval", "word"),
    [((0.0, 0.02), "yes"), ((0.021, 0.1), "no"), ((0.0, 0.04), "nearly"), ((0.01, 0.039), "nearly"), ((0.0, 0.05), "unknown"), ((0.015, 0.9), "unknown")],
)  # fmt: skip
def test_one_rule_says_whether_probabilities_can_be_believed(interval, word):
    assert belief(Estimate(sum(interval) / 2, *interval, 0.95, 1000)) == word
    assert belief(Estimate(sum(interval) / 2, *interval, 0.95, 19)) == "unknown"


def test_a_difference_is_better_worse_equal_or_not_to_be_told():
    before = Estimate(0.5, 0.4, 0.6, 0.95, 100)

    def moved(by):
        return replace(before, value=0.5 + by)

    words = [
        change(before, moved(value), Estimate(value, low, high, 0.95, 100))
        for value, low, high in ((-0.1, -0.2, -0.05), (0.1, 0.05, 0.2), (0.0, -0.04, 0.03), (0.0, -0.2, 0.3))
    ]
    assert words == ["better by .100", "worse by .100", "equal to within .040", "too few rows to tell"]
    nothing = Estimate(-1e-14, -2e-14, -1e-15, 0.95, 100)
    assert change(before, before, nothing) == "equal to the last digit shown"
    sure_but_small = Estimate(-4e-7, -2e-5, -1e-7, 0.95, 100)
    assert change(before, moved(-4e-7), sure_but_small) == "equal to the last digit shown"
    surely = Estimate(-0.0004, -0.0006, -0.0002, 0.95, 100)
    assert change(before, moved(-0.0004), surely) == "equal to the last digit shown"  # .500 and .500
    assert change(moved(0.0002), moved(-0.0006), surely) == "better by .00040"  # .500 and .499


def test_shares_are_said_in_the_smallest_base_that_tells_them():
    assert [times(share) for share in (0.0, 0.923, 0.0151, 0.0042, 0.9996, 1.0)] == [
        "0 in 100", "92 in 100", "15 in 1,000", "4 in 1,000", "9,996 in 10,000", "100 in 100",
    ]  # fmt: skip
    assert times(0.01, " rows") == "1 row in 100"


def test_what_does_not_belong_together_is_refused(two, ten):
    with pytest.raises(ArgumentError, match="classes: expected the names of 2, got 3"):
        report(two, classes=["a", "b", "c"])
    with pytest.raises(ArgumentError, match="before: expected one of the same rows and classes"):
        report(two, before=ten[0])
    with pytest.raises(ArgumentError, match="measure again"):
        report(replace(two, reliability=None))


def test_where_all_rows_say_the_same_a_dot_stands_for_the_curve():
    y = np.arange(4000) % 4
    logits = np.random.default_rng(3).normal(size=(4000, 4))
    before, now = sm.assess(y, logits=logits * 3.0), sm.assess(y, logits=logits * 1e-3)
    assert now.reliability.said[-1] - now.reliability.said[0] < 0.02
    page = report(now, before=before)
    drawn = re.search(r'<svg[^>]*aria-labelledby="r1-t.*?<svg[^>]*aria-labelledby="r1-m', page, re.S)
    assert "all rows say nearly the same, so a dot stands for them instead of a curve; chance alone may" in page
    assert "before calibration, it was right 2" in page
    assert "; after, it says so of no row." in page
    assert "the curve runs inside the grey for all rows" not in page
    assert drawn is not None
    x, y = re.search(r'<circle cx="([\d.]+)%" cy="([\d.]+)%"', drawn[0]).groups()
    assert float(x) == pytest.approx(100 * now.reliability.said_mean, abs=0.1)
    assert 100.0 - float(y) == pytest.approx(100 * now.reliability.happened_mean, abs=0.1)


def test_a_model_that_is_always_right_and_sure_has_no_enlarged_curve_of_one_point():
    y = np.arange(2000) % 3
    page = report(sm.assess(y, logits=np.eye(3)[y] * 20.0))
    assert "enlarged" not in page


def test_of_two_classes_none_has_more_wrong_answers_than_the_other(two):
    assert "has a part in the most wrong answers" not in report(two, classes=["no", "yes"])
