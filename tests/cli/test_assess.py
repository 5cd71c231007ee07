"""`softargmax assess`: logits of any model and their labels, measured."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

import softargmax as sm
from softargmax import cli

HOSTILE = ["\x1b[31mred\x07", "x" * 10_000, "\u061cevil", "[bold]b[/bold]"]


def run(*arguments):
    return cli.run(["assess", *arguments])


@pytest.mark.parametrize(
    "arguments",
    [
        ("z.npy", "y.npy"),
        ("both.npz", "--array", "logits", "--label", "labels"),
        ("z.csv", "y.csv", "--label", "animal"),
        ("z.parquet", "y.npy"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_every_kind_of_file_gives_all_that_assess_measures(logit_files, arguments, capsys):
    z, y = logit_files
    assert run(*arguments, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    has_names = arguments[0].endswith((".csv", ".parquet"))
    assert found["class_names"] == (["cat", "dog", "owl"] if has_names else None)
    expected = sm.assess(y, logits=z).to_dict()
    assert {name: found[name] for name in expected} == expected


def test_one_column_is_the_probability_of_the_second_of_two_classes(tmp_path, monkeypatch, rng, capsys):
    monkeypatch.chdir(tmp_path)
    p = rng.random(500)
    y = (rng.random(500) < p).astype(int)
    pa.csv.write_csv(pa.table({"p": p, "y": y}), "t.csv")
    for options, of in (((), "positive"), (("--of", "label"), "label")):
        assert run("t.csv", "--label", "y", "--probabilities", *options, "--json") == 0
        found = json.loads(capsys.readouterr().out)
        expected = sm.assess(y, probabilities=p, of=of)
        assert found["of"] == of
        assert found["expected_calibration_error"] == expected.to_dict()["expected_calibration_error"]
        assert found["risks"]["auc"]["value"] == expected.risks.auc.value
    assert run("t.csv", "--label", "y", "--probabilities") == 0
    out = capsys.readouterr().out
    assert f"AUC                    {expected.risks.auc}" in out
    assert f"calibration slope      {expected.risks.slope}" in out


def test_the_scores_shown_are_those_measured(logit_files, capsys):
    z, y = logit_files
    assert run("z.csv", "y.csv", "--label", "animal") == 0
    out = capsys.readouterr().out
    expected = sm.assess(y, logits=z)
    for estimate in (expected.accuracy, expected.log_loss, expected.brier_score, expected.expected_calibration_error):
        assert str(estimate) in out
    worst = expected.classes[0]
    assert f"{['cat', 'dog', 'owl'][worst.code]}     {worst.rows:.0f}  {worst.recall}  {worst.precision}" in out
    assert "but its probabilities cannot be believed." in out


@pytest.mark.parametrize("ending", ["csv", "npz"])
def test_groups_are_columns_beside_the_labels(logit_files, capsys, ending):
    z, y = logit_files
    place = np.where(np.arange(len(y)) % 3 == 0, "north", "south")
    if ending == "csv":
        columns = dict(zip("abc", z.T, strict=True))
        pa.csv.write_csv(pa.table({"place": place, **columns, "y": np.array(["a", "b", "c"])[y]}), "t.csv")
        assert run("t.csv", "--label", "y", "--by", "place", "--json") == 0
    else:
        np.savez("t.npz", z=z, y=y, place=place)
        assert run("t.npz", "--array", "z", "--label", "y", "--by", "place", "--json") == 0
    found = json.loads(capsys.readouterr().out)["groups"]
    assert found == sm.assess(y, logits=z, groups={"place": place}).to_dict()["groups"]


def test_groups_stand_in_the_file_of_labels_if_there_is_one(logit_files, capsys):
    _, y = logit_files
    pa.csv.write_csv(pa.table({"y": y, "ward": [f"w{i % 2}" for i in range(len(y))]}), "w.csv")
    assert run("z.npy", "w.csv", "--label", "y", "--by", "ward") == 0
    assert "ward = w0" in capsys.readouterr().out
    assert run("z.npy", "w.csv", "--label", "y", "--by", "room") == 1
    assert "no column 'room'" in capsys.readouterr().err


def test_a_broken_bound_ends_with_status_3_after_all_is_shown(logit_files, capsys):
    kept = ["log_loss > 100", "log_loss.low>9", "log_loss_decomposition.calibration>9", "reliability.inside<0"]
    broken = ["log_loss>0", "accuracy<.999", "accuracy>=0", "kuiper.p_value<=1", "log-loss.high>0"]
    flags = [flag for bound in kept + broken for flag in ("--fail-if", bound)]
    assert run("z.npy", "y.npy", *flags, "--json") == 3
    out, err = capsys.readouterr()
    seen = json.loads(out)["bounds"]
    assert [(one["bound"], one["broken"]) for one in seen] == [(one, False) for one in kept] + [
        (one, True) for one in broken
    ]
    assert [f'--fail-if "{bound}" ' in line for bound, line in zip(broken, err.splitlines(), strict=True)] == [True] * 5
    assert run("z.npy", "y.npy", "--fail-if", kept[0]) == 0


def test_the_sentence_about_a_bound_says_value_range_and_bound(logit_files, capsys):
    z, y = logit_files
    loss = sm.assess(y, logits=z).log_loss
    near = 0.5 * (loss.low + loss.value)
    assert run("z.npy", "y.npy", "--fail-if", f"log_loss>{near}", "--fail-if", "accuracy<=1") == 3
    first, second = capsys.readouterr().err.splitlines()
    assert f"log_loss is {loss.value:.6g} (range {loss.low:.6g} to {loss.high:.6g})" in first
    assert f"allows no score that is more than {near:g}; the range holds that bound" in first
    assert "allows no score that is 1 or less" in second


def test_a_score_that_cannot_be_told_breaks_its_bound(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    np.save("p.npy", np.full(30, 0.25))
    np.save("y.npy", np.zeros(30, int))
    assert run("p.npy", "y.npy", "--probabilities", "--fail-if", "risks.auc<.1") == 3
    assert "risks.auc cannot be told from these rows" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("bound", "words"),
    [
        (
            "logloss>1",
            "expected the name of a score, got 'logloss'; did you mean 'log_loss'? These are known: accuracy,",
        ),
        ("n>1", "got 'n'"),
        ("confidence>1", "got 'confidence'"),
        ("kuiper.p_value.low>1", "got 'kuiper.p_value.low'"),
        ("log_loss", "--fail-if: expected a score, one of <, >, <=, >=, and a number"),
        ("log_loss>high", "and a number"),
        ("log_loss>nan", "and a number"),
        ("log_loss=1", "and a number"),
    ],
)
def test_a_bound_that_means_nothing_is_refused_before_anything_is_read(capsys, bound, words):
    assert run("absent.npy", "y.npy", "--fail-if", bound) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("threshold", ["0", "1.3", "nan"])
def test_a_threshold_that_is_no_risk_is_refused_before_anything_is_read(capsys, threshold):
    assert run("absent.npy", "y.npy", "--threshold", threshold) == 2
    assert "--threshold: expected a number > 0 and < 1, got" in capsys.readouterr().err


def test_logits_that_look_like_probabilities_are_said_to_do_so(logit_files, capsys):
    z, _ = logit_files
    np.save("p.npy", sm.softmax(z))
    assert run("p.npy", "y.npy") == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("! logits: ")
    assert line.endswith("(--probabilities)")


def test_a_model_file_is_sent_elsewhere(model, capsys):
    assert run("m.softargmax", "test.csv") == 2
    assert "which is a model file: softargmax evaluate" in capsys.readouterr().err


def test_names_of_classes_and_groups_are_harmless(tmp_path, monkeypatch, rng, capsys):
    monkeypatch.chdir(tmp_path)
    y = rng.integers(4, size=400)
    z = rng.normal(size=(400, 4)) + np.eye(4)[y]
    names = [HOSTILE[code] for code in y]
    pa.parquet.write_table(pa.table({name: z[:, j] for j, name in enumerate(HOSTILE)} | {"y": names}), "t.parquet")
    assert run("t.parquet", "--label", "y") == 0
    out = capsys.readouterr().out
    assert out.isprintable() or all(line.isprintable() for line in out.split("\n"))
    assert r"\x1b[31mred" in out
    assert r"\u061cevil" in out
    assert "[bold]b" in out
    assert "x" * 30 not in out
    assert run("t.parquet", "--label", "y", "--json") == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert json.loads(out)["class_names"] == HOSTILE


def test_acting_from_a_risk_is_said_to_gain_so_much(tmp_path, monkeypatch, rng, capsys):
    monkeypatch.chdir(tmp_path)
    p = rng.random(300)
    y, country = (rng.random(300) < p).astype(int), np.array(["de", "fr"])[rng.integers(2, size=300)]
    pa.csv.write_csv(pa.table({"p": p, "y": y, "country": country}), "t.csv")
    options = ("--label", "y", "--probabilities", "--threshold", "0.2", "--by", "country")
    assert run("t.csv", *options, "--json") == 0
    curve = sm.metrics.decision_curve(y, probabilities=p, thresholds=[0.2])
    assert json.loads(capsys.readouterr().out)["acting"] == curve.to_dict()
    assert run("t.csv", *options) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert f"from a risk of 0.2 on has the net benefit {curve.net_benefit[0]:.4f} [{curve.low[0]:.4f}," in out
    assert f"That is {curve.gain_over_all[0]:.4f} [{curve.gain_low[0]:.4f}," in out
    pa.csv.write_csv(pa.table({"p": p**2, "y": y, "country": country}), "u.csv")
    compared = sm.compare(y, probabilities=(p, p**2), threshold=0.2, groups={"country": country})
    assert cli.run(["compare", "t.csv", "u.csv", *options, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["net_benefit"], found["groups"]) == tuple(
        compared.to_dict()[name] for name in ("net_benefit", "groups")
    )
    assert cli.run(["compare", "t.csv", "u.csv", *options]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert f"net benefit from 0.2 {compared.net_benefit}" in out
    assert f"log loss, country fr {compared.groups[1].log_loss}" in out


@pytest.mark.parametrize(("n_groups", "said"), [(10, ""), (11, "and 1 more group"), (12, "and 2 more groups")])
def test_groups_that_a_comparison_does_not_list_are_counted(tmp_path, monkeypatch, rng, capsys, n_groups, said):
    monkeypatch.chdir(tmp_path)
    p = rng.random(240)
    columns = {"y": (rng.random(240) < p).astype(int), "group": np.arange(240) % n_groups}
    for name, risk in (("t", p), ("u", p**2)):
        pa.csv.write_csv(pa.table({"p": risk, **columns}), f"{name}.csv")
    assert cli.run(["compare", "t.csv", "u.csv", "--label", "y", "--probabilities", "--by", "group"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert out.count("log loss, group") == 10
    assert ("more group" in out) == bool(said)
    assert said in out
