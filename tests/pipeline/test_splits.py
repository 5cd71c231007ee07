"""Which rows are learned from and which judge: by groups, by time, in folds; and what the score then means."""

import json

import numpy as np
import pytest

import softargmax as sm
from softargmax import cli
from softargmax.exceptions import ArgumentError, TableError
from softargmax.pipeline import FitOptions, ensembles, fitting
from softargmax.pipeline.splitting import Keys, deal_rows

FAST = {"model": "regression"}


def fitted(table, target="y", **options):
    return sm.TableClassifier(**FAST | options).fit(table, target=target).model_


def visits(rng, n=150, n_columns=8):
    """Draw visits of patients: what they have is theirs, and the columns tell who they are but hardly what they have."""
    which = np.repeat(np.arange(n), rng.integers(4, 12, n))
    ill = rng.random(n) < 0.5
    places = rng.normal(size=(n, n_columns))
    places[:, 0] += 0.7 * ill
    columns = places[which] + 0.05 * rng.normal(size=(len(which), n_columns))
    table = {f"x{j}": column.round(4).tolist() for j, column in enumerate(columns.T)}
    return table | {"patient": [f"p{k}" for k in which], "y": np.where(ill[which], "ill", "well").tolist()}


def days(n=400):
    return [str(np.datetime64("2023-01-01") + k) for k in range(n)]


def noise(n, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    return {"x": x.round(4).tolist(), "y": np.where(x + rng.normal(size=n) > 0, "yes", "no").tolist()}


# Honest scores


def test_a_split_by_groups_says_what_is_true_of_new_groups_where_a_random_one_does_not():
    rng = np.random.default_rng(3)
    told = []
    for _ in range(2):
        table, new = visits(rng, 240, 80), visits(rng, 300, 80)
        random, by_group = fitted(table, folds=3), fitted(table, folds=3, group="patient")
        found = random.record.after, by_group.record.after, by_group.evaluate(new).after
        told.append([scores.accuracy.value for scores in found])
    random, by_group, truth = np.mean(told, axis=0)
    assert random > truth + 0.25
    assert by_group == pytest.approx(truth, abs=0.05)


def test_a_running_number_does_not_make_the_score_better_than_it_is():
    rng = np.random.default_rng(0)

    def table(n):
        y = np.sort(rng.integers(2, size=n))
        return {"n": list(range(n)), "x": (0.2 * y + rng.normal(size=n)).round(3).tolist(), "y": y.tolist()}

    model = fitted(table(6000))
    assert model.record.after.accuracy.value == pytest.approx(
        model.evaluate(table(6000)).after.accuracy.value, abs=0.05
    )


def test_a_score_by_time_sees_the_drift_that_a_random_one_does_not():
    rng = np.random.default_rng(1)
    n = 1000
    x, turn = rng.normal(size=n), np.arange(n) < 800
    y = np.where((x + 0.5 * rng.normal(size=n) > 0) == turn, "a", "b")  # what x means turns round near the end
    table = {"x": x.round(3).tolist(), "day": days(n), "y": y.tolist()}
    assert fitted(table, time="day").record.before.accuracy.value < 0.3
    assert fitted(table).record.before.accuracy.value > 0.5


# Groups


def test_a_group_column_is_no_feature_unless_somebody_says_what_it_holds():
    table = visits(np.random.default_rng(0), 60)
    model = fitted(table, group="patient")
    assert "patient" not in [column.name for column in model.schema.columns]
    (dropped,) = model.schema.dropped
    assert dropped.name == "patient"
    assert "belong together" in dropped.reason
    assert [(note.column, note.option) for note in model.notes if note.code == "left-out"] == [("patient", "kinds")]
    kept = fitted(table, group="patient", kinds={"patient": "category"})
    assert "patient" in [column.name for column in kept.schema.columns]
    assert kept.record.rows == model.record.rows


def test_a_group_of_numbers_with_few_letters_is_no_column_to_correct():
    table = noise(400) | {"who": [str(k // 4) if k > 8 else "X" for k in range(400)]}
    assert fitted(table, group="who").record.split.group == "who"


def test_rows_without_a_group_are_groups_of_their_own_and_counted():
    table = noise(400) | {"who": [None if k % 10 == 0 else f"p{k // 10}" for k in range(400)]}
    model = fitted(table, group="who")
    (note,) = [note for note in model.notes if note.code == "group" and "no 'who'" in note.text]
    assert note.text.startswith("40 of 400 rows")


def test_a_group_that_holds_most_rows_and_few_groups_to_score_are_pointed_out():
    table = noise(400) | {"who": ["hospital"] * 300 + [f"p{k // 10}" for k in range(100)]}
    texts = [note.text for note in fitted(table, group="who").notes if note.code == "group"]
    assert any("stands in 300 of 400 rows" in text for text in texts)
    assert any("too few to say much about others" in text for text in texts)


def test_groups_make_the_intervals_wider():
    table = visits(np.random.default_rng(5), 60)
    options = {"score_fraction": 0.4, "group": "patient"}
    model = fitted(table, **options)
    found = model.record.after.accuracy
    assert f"Intervals count {model.record.split.n_groups} of them" in model.record.split.meaning
    alone = 2 * 1.96 * np.sqrt(found.value * (1 - found.value) / found.n)
    assert found.high - found.low > 1.5 * alone


def test_a_column_called_like_an_identifier_whose_values_return_is_pointed_out_unless_it_is_the_group():
    table = noise(400) | {"patient_id": [f"p{k // 4}" for k in range(400)], "visit": [k % 4 for k in range(400)]}
    (note,) = [note for note in fitted(table).notes if note.code == "group"]
    assert (note.column, note.option) == ("patient_id", "group")
    assert not [note for note in fitted(table, group="patient_id").notes if note.code == "group" and note.option]
    numbers = table | {"patient_id": [7 * (k // 4) % 1000 for k in range(400)]}
    assert [note.column for note in fitted(numbers).notes if note.code == "group"] == ["patient_id"]


def test_an_evaluation_counts_groups_too_and_says_where_it_cannot():
    rng = np.random.default_rng(5)
    model, table = fitted(visits(rng, 60), group="patient"), visits(rng, 60)
    table["patient"][0] = None
    grouped = model.evaluate(table)
    n_groups = len(set(table["patient"]))
    assert f"intervals count {n_groups} of 'patient' instead of {len(table['y'])} rows" in grouped.notes
    del table["patient"]
    alone = model.evaluate(table)
    assert (
        "the table has no 'patient', by which the model was fitted: intervals take its rows for independent"
        in alone.notes
    )
    assert alone.after.accuracy.value == grouped.after.accuracy.value
    assert grouped.after.accuracy.high - grouped.after.accuracy.low > 1.5 * (
        alone.after.accuracy.high - alone.after.accuracy.low
    )


# Time


def test_the_newest_rows_are_scored_and_rows_of_one_time_stay_together():
    table = noise(400) | {"day": [days()[k // 7] for k in range(400)]}
    record = fitted(table, time="day").record
    assert record.split.since == days()[(400 - record.rows["score"]) // 7]
    assert record.rows["score"] % 7 == 400 % 7
    assert f"from {record.split.since} on" in record.split.meaning


@pytest.mark.parametrize(
    ("column", "since"),
    [
        ([f"{day[8:10]}/{day[5:7]}/{day[:4]}" for day in days()], "2024-01-01"),
        ([f"{day} 12:30:00" for day in days()], "2024-01-01 12:30:00"),
        (list(range(400)), "365"),
        ([f"{k}" for k in range(400)], "365"),
        ([k / 2 for k in range(400)], "182.5"),
        ([f"{k},5" for k in range(400)], "365.5"),
    ],
)
def test_times_are_dates_or_numbers_however_they_are_written(column, since):
    table = noise(400) | {"t": column}
    record = fitted(table, time="t", score_fraction=35 / 400).record
    assert record.split.since == since
    assert record.rows["score"] == 35


def test_columns_are_found_by_their_position_and_said_by_their_name():
    table = noise(400) | {"who": [f"p{k // 4}" for k in range(400)], "t": list(range(400))}
    split = fitted(table, time="-1", group="3").record.split
    assert (split.group, split.time) == ("who", "t")
    assert "rows of a 'who'" in split.meaning


def test_the_order_of_the_rows_does_not_matter_to_a_split_by_time():
    table = noise(400) | {"t": list(range(400))}
    order = np.random.default_rng(2).permutation(400)
    mixed = {name: [column[k] for k in order] for name, column in table.items()}
    assert fitted(mixed, time="t").record.split == fitted(table, time="t").record.split


def test_a_time_that_most_rows_share_is_scored_whole_and_pointed_out():
    model = fitted(noise(400) | {"day": ["2024-01-01"] * 100 + ["2024-01-02"] * 300}, time="day")
    assert model.record.rows["score"] == 300
    (note,) = [note for note in model.notes if note.code == "time"]
    assert note.text.startswith("one value of 'day' stands in 300 of 400 rows")


def test_rows_without_a_time_are_the_oldest_and_counted():
    table = noise(400) | {"day": [None if k >= 350 else day for k, day in enumerate(days())]}
    model = fitted(table, time="day")
    (note,) = [note for note in model.notes if note.code == "time"]
    assert note.text.startswith("50 of 400 rows have no 'day'")
    assert model.record.split.since == days()[350 - model.record.rows["score"]]


@pytest.mark.parametrize(
    "column",
    [
        ["Jan", "Feb", "Mar", "Apr"] * 100,
        ["spring is here again", "no it is not so yet"] * 200,
        [True, False] * 200,
        [f"a{k}b" for k in range(400)],
        ["always"] * 400,
        [None] * 400,
    ],
)
def test_what_has_no_order_is_no_time(column):
    with pytest.raises(TableError, match="column 't': expected times, which are dates or numbers") as caught:
        fitted(noise(400) | {"t": column}, time="t")
    assert caught.value.parameter == "time"


def test_a_time_is_no_feature_unless_somebody_says_what_it_holds():
    table = noise(400) | {"day": days()}
    assert [column.name for column in fitted(table, time="day").schema.columns] == ["x"]
    kept = fitted(table, time="day", kinds={"day": "date"})
    assert [column.name for column in kept.schema.columns] == ["x", "day"]
    assert kept.record.split.since == fitted(table, time="day").record.split.since


def test_a_group_is_as_new_as_its_last_row():
    table = noise(400) | {"day": days(), "who": [f"p{k % 40}" if k < 360 else f"q{k // 5}" for k in range(400)]}
    table["who"][399] = "p0"
    model = fitted(table, group="who", time="day", score_fraction=0.05)
    assert model.record.rows["score"] == 5 + 4 + 10  # the last two groups, and the rows of p0 of all times
    assert "that comes later" in model.record.split.meaning


# Folds


def test_with_folds_every_row_is_scored_once_and_the_model_learns_from_all():
    table = noise(300)
    model = fitted(table, folds=5)
    assert model.record.rows == {"training": 300, "calibration": 300, "score": 300}
    assert model.record.after.accuracy.n == 300
    everything = fitted(table, calibration_fraction=0.0, score_fraction=0.0)
    assert np.array_equal(model.members[0].network.flat, everything.members[0].network.flat)
    assert "pools 5 fits, each asked about the rows that it left out" in model.record.split.meaning


def test_no_fit_of_a_fold_has_seen_what_it_is_asked_about(monkeypatch):
    seen = []

    def spied(options, labels, training, stopping, **more):
        seen.append({*training.features[:, 0].tolist(), *stopping.features[:, 0].tolist()})
        return ensembles.learn(options, labels, training, stopping, **more)

    monkeypatch.setattr(fitting, "learn", spied)
    fitted(noise(900) | {"x": list(range(900, 0, -1))}, folds=3, model="mlp", kinds={"x": "number"}, max_epochs=2)
    *folds, everything = seen
    assert len(everything) == 900
    assert sum(len(everything - fold) for fold in folds) == 900  # what a fit has not seen, no other has left out
    assert set.union(*(everything - fold for fold in folds)) == everything


def test_groups_are_not_divided_between_a_fold_and_its_fit(monkeypatch):
    dealt = []

    def spied(rows, plan, *others):
        dealt.append((rows, plan))
        return by_folds(rows, plan, *others)

    by_folds = fitting._by_folds
    monkeypatch.setattr(fitting, "_by_folds", spied)
    table = visits(np.random.default_rng(1), 200)
    fitted(table, folds=4, group="patient", model="mlp", hidden_layer_sizes=(2,), max_epochs=2)
    ((rows, plan),) = dealt
    assert sorted(np.concatenate([turn.outside for turn in plan.turns])) == list(range(len(table["y"])))
    for turn in (*plan.turns, plan.last):
        groups = [set(rows.group[part]) for part in (turn.training, turn.stopping, turn.outside)]
        assert len(turn.stopping)
        assert len(set.union(*groups)) == sum(map(len, groups))


def test_folds_in_time_learn_from_what_came_before_and_do_not_score_the_oldest():
    table = noise(400) | {"t": list(range(400))}
    model = fitted(table, folds=4, time="t")
    assert model.record.rows == {"training": 400, "calibration": 320, "score": 320}
    assert model.record.split.since == "80"
    assert "asked about the rows after those it learned from" in model.record.split.meaning


@pytest.mark.parametrize("grouped", [False, True])
def test_no_fold_in_time_learns_from_later_rows(grouped):
    rng = np.random.default_rng(6)
    codes, time, group = rng.integers(2, size=4000), rng.integers(300, size=4000), rng.integers(300, size=4000)
    keys = Keys(group if grouped else None, time.astype(float))
    options = FitOptions(folds=3, time="t", group="who" if grouped else None)
    dealt = deal_rows(codes, sm.ClassLabels.of(["a", "b"]), keys, options, "t.csv")
    for turn in dealt.turns:
        assert min(map(len, (turn.training, turn.stopping, turn.outside))) > 0
        assert keys.latest[turn.training].max() < keys.latest[turn.stopping].min()
        assert keys.latest[turn.stopping].max() < keys.latest[turn.outside].min()
    assert sorted(np.concatenate([dealt.last.training, dealt.last.stopping])) == list(range(4000))


def test_in_time_no_row_is_calibrated_by_later_ones():
    rng = np.random.default_rng(4)
    n = 400
    z = rng.normal(size=n) * 2
    turned = np.arange(n) < 300  # from then on the opposite is true, which no calibration of earlier rows can know
    y = np.where((z + rng.logistic(size=n) > 0) == turned, "a", "b").tolist()
    record = fitted({"x": z.round(4).tolist(), "t": list(range(n)), "y": y}, folds=3, time="t").record
    before, after = record.before.log_loss.value, record.after.log_loss.value
    assert after == pytest.approx(before, rel=0.05)  # by all other folds it would be told of the turn


def test_the_score_after_calibration_is_of_calibrations_that_left_the_row_out():
    rng = np.random.default_rng(0)
    table = {f"x{j}": rng.normal(size=120).round(3).tolist() for j in range(60)} | {
        "y": rng.integers(3, size=120).tolist()
    }
    model = fitted(table, folds=5)  # nothing to learn: fits are sure of what is wrong, and calibrated to know nothing
    assert model.record.before.log_loss.value > 1.2
    assert model.record.after.log_loss.value == pytest.approx(np.log(3), abs=0.1)
    assert model.record.after.log_loss.value >= np.log(3) - 0.02


def test_a_row_that_stands_in_two_folds_is_counted():
    table = noise(200)
    twice = {name: column + column[:20] for name, column in table.items()}
    (note,) = [note for note in fitted(twice, folds=5).notes if note.code == "repeated-rows"]
    assert "of the 220 rows to score on stand among the rows to train on too" in note.text


def test_weights_count_in_folds():
    table = noise(300) | {"w": [k % 3 for k in range(300)]}
    model, plain = fitted(table, folds=3, weight="w"), fitted(noise(300), folds=3)
    assert model.record.before.accuracy.value != plain.record.before.accuracy.value
    assert not np.array_equal(model.members[0].network.flat, plain.members[0].network.flat)


# Classes that nothing is learned of


def test_a_class_that_comes_too_late_has_the_probability_of_one_row_more():
    table = noise(400) | {"t": list(range(400))}
    table["y"][395:] = ["new"] * 5
    model = fitted(table, time="t", refit=False)
    (note,) = [note for note in model.notes if note.code == "class"]
    assert note.text.startswith("'new': no row to learn from")
    logits = model.logits(model.schema.features(next(model.open(table).batches())))
    p = sm.softmax(logits)[:, list(model.classes_).index("new")]
    assert np.exp(np.log(p).mean()) == pytest.approx(1 / 320, rel=0.3)
    assert model.record.after.log_loss.value < np.inf


def test_rows_of_one_class_are_too_few_to_learn_from():
    table = noise(100) | {"t": list(range(100)), "y": ["a"] * 90 + ["b"] * 10}
    with pytest.raises(TableError, match="rows to learn from are all of one class"):
        fitted(table, time="t")


# What is refused


@pytest.mark.parametrize(
    ("options", "parameter", "message"),
    [
        ({"group": "nothing"}, "group", "no column 'nothing'"),
        ({"time": "nothing"}, "time", "no column 'nothing'"),
        ({"group": "y"}, "group", "is the target"),
        ({"group": "same"}, "group", "at least two groups in 'same'"),
        ({"time": "same"}, "time", "at least two times in 'same'"),
        ({"group": "half", "folds": 5}, "folds", "too few different values in 'half' for more than 2; pass folds=2"),
        ({"time": "half", "folds": 5}, "folds", "5 folds need 6 parts"),
        ({"folds": 1000}, "folds", "too few rows for more than"),
    ],
)
def test_too_few_groups_times_or_rows_are_refused_with_a_way_out(options, parameter, message):
    table = noise(100) | {"same": [1] * 100, "half": [k % 2 for k in range(100)]}
    with pytest.raises(TableError, match=message) as caught:
        fitted(table, **options)
    assert caught.value.parameter == parameter


def test_folds_are_two_or_more():
    with pytest.raises(ArgumentError, match="folds: expected an integer >= 2"):
        fitted(noise(50), folds=1)


def test_folds_keep_no_rows_aside():
    with pytest.raises(ArgumentError, match="folds: expected them without calibration_fraction"):
        fitted(noise(50), folds=5, score_fraction=0.2)


# What is kept and said


def test_the_split_is_kept_in_the_file_and_shown(tmp_path, capsys):
    table = visits(np.random.default_rng(2), 60)
    model = fitted(table, group="patient", folds=3)
    model.save(tmp_path / "m")
    assert sm.load(tmp_path / "m").record.split == model.record.split
    assert cli.run(["inspect", str(tmp_path / "m")]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "rows that 3 fits left out in turn" in shown
    assert "rows of a 'patient' that the model has not seen" in shown
    assert cli.run(["inspect", str(tmp_path / "m"), "--json"]) == 0
    split = json.loads(capsys.readouterr().out)["split"]
    assert (split["group"], split["folds"], split["time"]) == ("patient", 3, None)
    assert split["meaning"] == model.record.split.meaning


def test_a_plan_is_what_a_fit_would_do(monkeypatch):
    table = visits(np.random.default_rng(2), 60)
    classifier = sm.TableClassifier(**FAST, group="patient")
    model = classifier.fit(table, target="y").model_
    monkeypatch.setattr(fitting, "learn", None)  # nothing is learned
    plan = classifier.plan(table, target="y")
    assert (plan.schema, plan.notes, plan.reading) == (model.schema, model.notes, model.reading)
    assert (plan.rows, plan.split) == (model.record.rows, model.record.split)
    assert plan.class_counts == model.record.class_counts


def test_a_dry_run_writes_nothing_and_says_all(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(fitting, "learn", None)
    lines = [f"{x},{k // 4},v{k},{y}" for k, (x, y) in enumerate(zip(*noise(200).values(), strict=True))]
    (tmp_path / "t.csv").write_text("x,who,id,y\n" + "\n".join(lines) + "\n")
    asked = ["fit", "t.csv", "--target", "y", "--group", "who", "--dry-run"]
    assert cli.run(asked) == 0
    out, err = capsys.readouterr()
    shown = " ".join(out.split())
    assert "Nothing was learned, and nothing written." in shown
    assert "id left out: an identifier" in shown
    assert "who left out: it says which rows belong together" in shown
    assert "network with 256, 256 hidden units" in shown
    assert "! 'who' was left out" in err
    assert cli.run([*asked, "--json", "-o", "m"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["dry_run"] is True
    assert found["rows"]["training"] + found["rows"]["calibration"] + found["rows"]["score"] == 200
    assert found["split"]["group"] == "who"
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


def test_a_fit_by_flags_is_that_by_parameters(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = [f"{x},{k // 4},{k},{y}" for k, (x, y) in enumerate(zip(*noise(200).values(), strict=True))]
    (tmp_path / "t.csv").write_text("x,who,t,y\n" + "\n".join(lines) + "\n")
    flags = ["--model", "regression", "--group", "who", "--time", "t", "--folds", "3"]
    assert cli.run(["fit", "t.csv", "--target", "y", *flags, "-o", "m"]) == 0
    expected = sm.TableClassifier(model="regression", group="who", time="t", folds=3).fit("t.csv", target="y").model_
    found = sm.load("m")
    assert found.record == expected.record
    assert np.array_equal(found.members[0].network.flat, expected.members[0].network.flat)


def test_a_random_split_says_what_it_takes_for_granted():
    assert "no row tells anything about another" in fitted(noise(200)).record.split.meaning


def test_rows_that_stop_a_network_are_told_from_those_it_learned_from():
    few = {"model": "mlp", "hidden_layer_sizes": (2,), "max_epochs": 1, "folds": 2}
    assert "only chose when it stopped" in fitted(noise(1000), **few).record.split.meaning
    assert "only chose when it stopped" not in fitted(noise(100), **few).record.split.meaning


def test_nothing_scored_means_nothing():
    assert fitted(noise(200), score_fraction=0.0).record.split.meaning.startswith("Nothing was scored")
