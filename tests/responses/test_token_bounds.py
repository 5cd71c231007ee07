"""Whatever a server cuts off: the model's own log-probabilities lie within the bounds."""

import json
import math

import numpy as np
import pytest

import softargmax as sm
from softargmax.exceptions import ArgumentError, ShapeError, UnsupportedError
from softargmax.responses import served_tokens

INF = math.inf
VOCABULARY = [f"t{code}" for code in range(40)]
N_PLACES = 30


def likeliest(row, n):
    return np.argsort(-row, kind="stable")[:n].tolist()


def entry(row, code, **more):
    return {"token": VOCABULARY[code], "logprob": float(row[code]), "bytes": list(VOCABULARY[code].encode()), **more}


def chat(rows, chosen, n):
    """OpenAI's chat completions, in which a token beyond the likeliest has -9999."""
    content = []
    for row, code in zip(rows, chosen, strict=True):
        top = [entry(row, each) for each in likeliest(row, n)]
        own = entry(row, code) if code in likeliest(row, n) else entry(row, code) | {"logprob": -9999.0}
        content.append(own | {"top_logprobs": top})
    message = {"role": "assistant", "content": "".join(VOCABULARY[code] for code in chosen)}
    return {"choices": [{"index": 0, "message": message, "logprobs": {"content": content, "refusal": None}}]}


def chat_of_vllm(rows, chosen, n):
    """In vLLM the chosen token comes first, in the place of the least likely one."""
    content = []
    for row, code in zip(rows, chosen, strict=True):
        codes = [code, *(each for each in likeliest(row, n) if each != code)][:n]
        content.append(entry(row, code) | {"top_logprobs": [entry(row, each) for each in codes]})
    return {"choices": [{"logprobs": {"content": content}}]}


def completions(rows, chosen, n):
    """The older completions: the likeliest, and the chosen one beside them."""
    top = []
    for row, code in zip(rows, chosen, strict=True):
        codes = dict.fromkeys([*likeliest(row, n), int(code)])
        top.append({VOCABULARY[each]: float(row[each]) for each in codes})
    found = {
        "tokens": [VOCABULARY[code] for code in chosen],
        "token_logprobs": [float(row[code]) for row, code in zip(rows, chosen, strict=True)],
        "top_logprobs": top if n else None,
        "text_offset": list(range(len(chosen))),
    }
    return {"choices": [{"text": "", "logprobs": found, "finish_reason": "length"}]}


def llama_cpp(rows, chosen, n):
    """Of llama.cpp's own, with a number for each token."""
    found = []
    for row, code in zip(rows, chosen, strict=True):
        top = [entry(row, each, id=each) for each in likeliest(row, n)]
        found.append(entry(row, int(code), id=int(code)) | {"top_logprobs": top})
    return {"content": "", "completion_probabilities": found}


SERVERS = {"chat": chat, "vllm": chat_of_vllm, "completions": completions, "llama.cpp": llama_cpp}


def model(rng, sharpness=3.0):
    """The log-probabilities of a model in float64, what a server has of them in float32, and a draw."""
    logits = rng.normal(size=(N_PLACES, len(VOCABULARY))) * sharpness
    return sm.log_softmax(logits), sm.log_softmax(logits.astype(np.float32)), sm.sample(logits, rng=rng)


def through_json(response):
    return json.loads(json.dumps(response))


@pytest.mark.parametrize("n", [0, 1, 3, 20, 40])
@pytest.mark.parametrize("sharpness", [0.3, 3.0, 12.0])
@pytest.mark.parametrize("server", sorted(SERVERS))
def test_the_truth_lies_within_the_bounds(rng, server, sharpness, n):
    truth, rows, chosen = model(rng, sharpness)
    served = served_tokens(through_json(SERVERS[server](rows, chosen, n)))
    assert served.tokens == tuple(VOCABULARY[code] for code in chosen)
    low, high = served.of(VOCABULARY)
    assert (low <= truth + 1e-5).all()
    assert (truth <= high + 1e-5).all()
    own = served.log_probabilities
    at = np.arange(N_PLACES), chosen
    assert np.array_equal(own.low, low[at])
    assert np.array_equal(own.high, high[at])


@pytest.mark.parametrize("server", sorted(SERVERS))
def test_what_is_told_is_exact_and_the_rest_is_bounded_from_above(rng, server):
    _, rows, chosen = model(rng)
    low, high = served_tokens(SERVERS[server](rows, chosen, 5)).of(VOCABULARY)
    for place, row in enumerate(rows):
        told = set(likeliest(row, 5 if server != "vllm" else 4)) | ({chosen[place]} if server != "chat" else set())
        for code in range(len(VOCABULARY)):
            if code in told:
                assert low[place, code] == high[place, code] == row[code]
            else:
                assert low[place, code] == -INF or server == "vllm"
                assert high[place, code] <= row[likeliest(row, 4)[-1]]


@pytest.mark.parametrize("server", sorted(SERVERS))
def test_tokens_that_mean_the_same_are_added_up_within_bounds(rng, server):
    truth, rows, chosen = model(rng)
    groups = [list(range(0, 3)), [3], list(range(4, 20)), list(range(20, 40))]
    low, high = served_tokens(SERVERS[server](rows, chosen, 8)).of([[VOCABULARY[c] for c in group] for group in groups])
    expected = np.stack([np.logaddexp.reduce(truth[:, group], axis=1) for group in groups], axis=1)
    assert (low <= expected + 1e-5).all()
    assert (expected <= high + 1e-5).all()
    assert (high <= 0.0).all()
    assert (high - low < 0.5).mean() > 0.3


def test_bounds_by_hand():
    top = [{"token": text, "logprob": math.log(p)} for text, p in (("a", 0.5), ("b", 0.3), ("c", 0.1))]
    served = served_tokens({"choices": [{"logprobs": {"content": [top[0] | {"top_logprobs": top}]}}]})
    low, high = served.of(["a", "d", ["b", "e"], ["f", "g"]])
    # One other token has at most what is left of 1, .1, and so have two of them together.
    np.testing.assert_allclose(np.exp(low), [[0.5, 0.0, 0.3, 0.0]], rtol=1e-12)
    np.testing.assert_allclose(np.exp(high), [[0.5, 0.1, 0.4, 0.1]], rtol=1e-5)
    few = [{"token": text, "logprob": math.log(p)} for text, p in (("a", 0.3), ("b", 0.1))]
    served = served_tokens({"choices": [{"logprobs": {"content": [few[0] | {"top_logprobs": few}]}}]})
    # One other has at most as much as the least that is told, two at most twice that.
    np.testing.assert_allclose(np.exp(served.of(["d", ["e", "f"]]).high), [[0.1, 0.2]], rtol=1e-12)


def test_a_chosen_token_that_is_told_beside_the_likeliest_bounds_no_others():
    top = {"a": math.log(0.3), "b": math.log(0.2), "z": math.log(0.001)}
    found = {"tokens": ["z"], "token_logprobs": [math.log(0.001)], "top_logprobs": [top]}
    low, high = served_tokens({"choices": [{"logprobs": found}]}).of(["c"])
    np.testing.assert_allclose(np.exp(high), [[0.2]], rtol=1e-12)
    assert low[0, 0] == -INF


@pytest.mark.parametrize("none", [-9999.0, -9999, -3.4028234663852886e38, -1e400, None])
def test_what_is_less_than_any_number_is_cut_off(none):
    top = [{"token": "a", "logprob": -0.3}, {"token": "b", "logprob": -3.0}, {"token": "c", "logprob": none}]
    content = [{"token": "z", "logprob": none, "top_logprobs": top}]
    served = served_tokens({"choices": [{"logprobs": {"content": content}}]})
    assert served.log_probabilities.low.tolist() == [-INF]
    assert served.log_probabilities.high.tolist() == [-3.0]
    assert served.told == ({"a": -0.3, "b": -3.0},)
    assert str(served) == "1 token, 1 of them cut off; log-probability of all: -inf to -3"


def test_a_first_token_that_nothing_came_before_may_have_any_probability():
    found = {"tokens": ["a", "b"], "token_logprobs": [None, -0.5], "top_logprobs": [None, {"b": -0.5}]}
    served = served_tokens({"choices": [{"logprobs": found}]})
    assert served.log_probabilities.low.tolist() == [-INF, -0.5]
    assert served.log_probabilities.high.tolist() == [0.0, -0.5]


def test_tokens_of_the_same_text_are_added_up_and_the_chosen_one_counts_once():
    bad = "\ufffd"
    top = [
        {"token": bad, "bytes": [240], "logprob": math.log(0.5)},
        {"token": bad, "bytes": [226], "logprob": math.log(0.25)},
    ]
    served = served_tokens({"choices": [{"logprobs": {"content": [top[1] | {"top_logprobs": top}]}}]})
    np.testing.assert_allclose(np.exp(served.of([bad])), [[[0.75]], [[0.75]]], rtol=1e-12)
    np.testing.assert_allclose(np.exp(served.of_all_others), [0.25], rtol=1e-5)
    assert served.log_probabilities.low.tolist() == [math.log(0.25)]


def test_a_rounding_above_zero_is_the_probability_one():
    content = [{"token": "a", "logprob": 1.2e-7, "top_logprobs": []}]
    served = served_tokens({"choices": [{"logprobs": {"content": content}}]})
    assert served.log_probabilities.high.tolist() == [0.0]
    assert served.of(["b"]).high[0, 0] == pytest.approx(math.log(2**-20))
    assert str(served) == "1 token, none of them cut off; log-probability of all: 0"


def test_the_choice_that_is_asked_for_is_read():
    answers = [{"logprobs": {"content": [{"token": text, "logprob": -1.0}]}} for text in "abc"]
    assert served_tokens({"choices": answers}, choice=2).tokens == ("c",)
    for wrong in (3, -1, True, "0"):
        with pytest.raises(ArgumentError, match="choice: expected the number of one of 3 answers"):
            served_tokens({"choices": answers}, choice=wrong)


def test_an_object_of_a_client_is_read_as_its_json():
    class Completion:
        def model_dump(self):
            return {"choices": [{"logprobs": {"content": [{"token": "a", "logprob": -1.0, "top_logprobs": []}]}}]}

    assert served_tokens(Completion()).tokens == ("a",)


def test_an_answer_without_tokens_has_none():
    served = served_tokens({"choices": [{"logprobs": {"content": []}}]})
    assert served.tokens == ()
    assert served.of(["a", "b"]).high.shape == (0, 2)


def test_perplexity_is_that_of_the_logits(rng):
    logits = rng.normal(size=(N_PLACES, len(VOCABULARY))) * 3.0
    chosen = sm.sample(logits, rng=rng)
    served = served_tokens(llama_cpp(sm.log_softmax(logits), chosen, 3))
    expected = sm.probabilities.perplexity(logits, chosen)
    assert np.exp(-served.log_probabilities.low.mean()) == pytest.approx(expected, rel=1e-12)


def in_chat(**logprobs):
    return {"choices": [{"logprobs": logprobs}]}


@pytest.mark.parametrize(
    ("response", "error", "words"),
    [
        ([], ArgumentError, "expected a dictionary as response, got list; give the JSON"),
        ({"error": 1}, ArgumentError, "expected a list as choices, got NoneType"),
        ({"choices": [3]}, ArgumentError, r"a dictionary as choices\[0\], got int"),
        ({"choices": [{"logprobs": None}]}, UnsupportedError, "ask the server for them, with logprobs=True"),
        ({"choices": [{"logprobs": 5}]}, ArgumentError, r"a dictionary as choices\[0\].logprobs, got int"),
        (in_chat(content=None), ArgumentError, r"a list as choices\[0\].logprobs.content, got NoneType"),
        (in_chat(content=[3]), ArgumentError, r"a dictionary as choices\[0\].logprobs.content\[0\], got int"),
        (in_chat(content=[{"logprob": -1.0}]), ArgumentError, r"a text as .*\[0\].token, got NoneType"),
        (in_chat(content=[{"token": "a", "logprob": 0.5}]), ArgumentError, r"at most 0, or null as .*, got 0.5"),
        (in_chat(content=[{"token": "a", "logprob": float("nan")}]), ArgumentError, "at most 0, or null"),
        (in_chat(content=[{"token": "a", "logprob": True}]), ArgumentError, "at most 0, or null"),
        (in_chat(content=[{"token": "a", "logprob": "-1"}]), ArgumentError, "at most 0, or null"),
        (in_chat(content=[{"token": "a", "logprob": -1, "top_logprobs": {"a": -1}}]), ArgumentError, "a list as .*top"),
        (in_chat(content=[{"token": "a", "prob": 0.5}]), UnsupportedError, "post_sampling_probs=false"),
        ({"completion_probabilities": [{"content": "a", "probs": []}]}, UnsupportedError, "in a version of 2025 or"),
        (in_chat(tokens=["a"], token_logprobs=[]), ShapeError, "as many tokens as .*, got 1, 0 and 1"),
        (in_chat(tokens=["a"], token_logprobs=[-1.0], top_logprobs=[3]), ArgumentError, r"top_logprobs\[0\], got int"),
        (in_chat(tokens=[3], token_logprobs=[-1.0]), ArgumentError, "a text as"),
        (in_chat(tokens=["a"]), ArgumentError, "a list as .*token_logprobs"),
    ],
)
def test_what_is_no_answer_is_refused(response, error, words):
    with pytest.raises(error, match=words) as raised:
        served_tokens(response)
    assert raised.value.parameter == "response"


@pytest.mark.parametrize("strange", [[], {}, 3, "x", [[1]], [{}], True])
@pytest.mark.parametrize("name", ["id", "bytes", "top_logprobs", "more"])
def test_strange_words_beside_it_are_refused_or_do_no_harm(name, strange):
    content = [{"token": "a", "logprob": -1.0, name: strange}]
    try:
        assert served_tokens(in_chat(content=content)).tokens == ("a",)
    except ArgumentError:
        assert name == "top_logprobs"


@pytest.mark.parametrize("classes", ["yes", [], [3], [[]], [["a", 3]], ["a", "a"], ["a", ["b", "a"]], None])
def test_classes_that_are_no_texts_are_refused(classes):
    served = served_tokens(in_chat(content=[{"token": "a", "logprob": -1.0}]))
    with pytest.raises(ArgumentError, match="classes: expected"):
        served.of(classes)
