"""The model that is kept learns from all rows, in the way of the one that was scored."""

import numpy as np
import pytest

import softargmax as sm
from softargmax import cli
from softargmax.exceptions import ArgumentError
from softargmax.pipeline import ensembles, fitting

FAST = {"model": "mlp", "hidden_layer_sizes": (8,), "max_epochs": 30}


def table_of(n, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2))
    y = np.where(x[:, 0] * x[:, 1] + 0.3 * rng.normal(size=n) > 0, "same", "other")
    return {"a": x[:, 0].round(4).tolist(), "b": x[:, 1].round(4).tolist(), "y": y.tolist()}


def fitted(table, **options):
    return sm.TableClassifier(**FAST | options).fit(table, target="y").model_


@pytest.fixture(scope="module")
def table():
    return table_of(700)


@pytest.mark.parametrize("model", ["mlp", "regression"])
def test_the_model_that_is_kept_learned_from_the_rows_that_were_scored(table, model, monkeypatch):
    seen = []
    learn = ensembles.learn_member

    def watched(name, options, labels, rows, *others, **more):
        seen.append(len(rows))
        return learn(name, options, labels, rows, *others, **more)

    monkeypatch.setattr(ensembles, "learn_member", watched)
    fitted(table, model=model)
    assert (seen[0], seen[-1]) == (560, 700)
    assert len(seen) == 2
    seen.clear()
    fitted(table, model=model, refit=False)
    assert seen[0] == 560 > max(seen[1:])  # fits that leave rows out, to calibrate by


def test_the_score_is_that_of_the_first_fit(table):
    kept, scored = fitted(table), fitted(table, refit=False)
    assert kept.record.before == scored.record.before
    assert not np.array_equal(kept.members[0].network.flat, scored.members[0].network.flat)


def test_the_last_fit_lasts_as_many_epochs_as_the_first_kept(table, monkeypatch):
    epochs = []
    refit = sm.SoftmaxMLP.refit

    def watched(network, *rows, **more):
        kept = network.best_epoch_
        epochs.append((kept, refit(network, *rows, **more).n_iter_))
        return network

    monkeypatch.setattr(sm.SoftmaxMLP, "refit", watched)
    assert fitted(table).record.n_iter == epochs[0][0] == epochs[0][1]


@pytest.mark.parametrize(
    ("more", "by"), [({}, [71, 140]), ({"time": "a"}, [70, 140]), ({"calibration_fraction": 0}, [])]
)
def test_a_single_model_that_is_kept_is_calibrated_by_the_rows_that_were_scored_too(table, more, by, monkeypatch):
    rows, told = [], []
    calibrate = fitting.cautious_calibration

    def watched(logits, *more):
        rows.append(len(logits))
        told.append(calibrate(logits, *more))
        return told[-1]

    monkeypatch.setattr(fitting, "cautious_calibration", watched)
    model = fitted(table, **more)
    assert rows == by
    assert not told or model.calibration.to_state() == told[-1].to_state() != told[0].to_state()
    assert ("was calibrated by them too" in model.record.split.meaning) == bool(by)


def test_several_models_keep_the_calibration_that_was_scored():
    kept, scored = (fitted(table_of(200), model="ensemble", refit=refit) for refit in (True, False))
    assert kept.calibration.to_state() == scored.calibration.to_state()
    assert kept.record.after == scored.record.after


def test_what_the_score_means_is_said(table):
    assert "learned from all rows in the same way" in fitted(table).record.split.meaning
    assert "learned from all rows" not in fitted(table, refit=False).record.split.meaning


def test_it_is_better_where_rows_are_few():
    new = table_of(4000, seed=9)
    losses = []
    for refit in (True, False):
        each = [fitted(table_of(150, seed=s), refit=refit).evaluate(new).before.log_loss.value for s in range(4)]
        losses.append(np.mean(each))
    assert losses[0] < losses[1]


def test_the_command_line_can_keep_the_scored_model(tmp_path, table, capsys):
    rows = zip(*table.values(), strict=True)
    path = tmp_path / "t.csv"
    path.write_text("a,b,y\n" + "".join(f"{a},{b},{y}\n" for a, b, y in rows))
    models = []
    for flag in ("--refit", "--no-refit"):
        out = tmp_path / f"m{flag}"
        quick = ["--model", "mlp", "--hidden", "4", "--max-epochs", "3"]
        assert cli.run(["fit", str(path), "--target", "y", "-o", str(out), *quick, flag]) == 0
        models.append(sm.load(out))
    shown = " ".join(capsys.readouterr().out.split())
    assert shown.count("learned from all rows in the same way") == 1
    assert models[0].record.before == models[1].record.before


def test_folds_are_refused_without_it():
    with pytest.raises(ArgumentError, match="folds: expected them with refit=True"):
        fitted(table_of(60), folds=3, refit=False)


def test_a_calibration_that_looks_worse_is_left_out_and_that_is_said(table, monkeypatch):
    bad = sm.TemperatureScaling.known(0.05, n_logits=2)
    monkeypatch.setattr(fitting, "cautious_calibration", lambda *given: bad)
    model = fitted(table, refit=False)
    assert model.calibration.temperature_ == 1.0
    assert any("larger by" in note and "left out" in note for note in model.record.notes)
    assert model.record.after == model.record.before


def test_a_calibration_that_is_kept_is_not_said_to_be_left_out(table, monkeypatch):
    bad, good = (sm.TemperatureScaling.known(by, n_logits=2) for by in (0.05, 1.5))
    monkeypatch.setattr(fitting, "cautious_calibration", lambda logits, *given: bad if len(logits) < 100 else good)
    model = fitted(table)
    assert model.record.after == model.record.before
    assert model.calibration.temperature_ == 1.5
    assert not any("was left out" in note for note in model.record.notes)
    assert any("the model that is kept has one" in note for note in model.record.notes)
    assert "the model was too sure of itself" in model._repr_html_()


def test_a_network_learns_anew_as_long_and_at_the_same_temperature():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(600, 3))
    y = (X[:, 0] + 0.5 * rng.normal(size=600) > 0).astype(int)
    network = sm.SoftmaxMLP((8,), random_state=0, max_epochs=40).fit(X, y)
    epoch, temperature = network.best_epoch_, network.temperature_
    again = network.refit(X, y)
    assert again is network
    assert (network.n_iter_, network.best_epoch_, network.temperature_) == (epoch, epoch, temperature)
    assert network.validation_loss_ == []
    assert network.score(X, y) > 0.8


def test_a_network_that_was_never_fitted_cannot_learn_anew():
    with pytest.raises(sm.exceptions.SoftargmaxError, match="not fitted yet"):
        sm.SoftmaxMLP().refit([[0.0], [1.0]], [0, 1])
