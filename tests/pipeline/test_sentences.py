"""Sentences in scripts without blanks, or with vowel signs, are learned from as well as those of parted words are."""

import numpy as np
import pytest

import softargmax as sm

WORDS = {
    "Chinese": ("很好吃 喜欢 推荐", "太难吃 失望 不会再来", "这家店 服务员 今天 朋友们 环境 我们 晚上 价格", ""),
    "Hindi": ("अच्छा बढ़िया स्वादिष्ट", "ख़राब बेकार निराश", "हिन्दी का की के को दुकान सेवा लोग आज", " "),
}


def table(words, between, seed, n=400):
    """Draw sentences that praise or complain; a tenth of the labels says the contrary."""
    rng = np.random.default_rng(seed)
    good, bad, rest = (part.split() for part in words)
    said, labels = [], []
    for _ in range(n):
        praises = rng.random() < 0.5
        sentence = [rng.choice(good if praises else bad), *rng.choice(rest, 4, replace=False), str(rng.integers(10**6))]
        said.append(between.join(rng.permutation(sentence).tolist()))
        labels.append("a" if praises == (rng.random() < 0.9) else "b")
    return {"said": said, "y": labels}


def accuracy(words, between):
    model = sm.TableClassifier(model="regression").fit(table(words, between, 0), target="y").model_
    return model.evaluate(table(words, between, 1)).after.accuracy.value


@pytest.mark.parametrize("language", WORDS)
def test_new_rows_are_told_apart_as_well_as_words_parted_by_blanks_are(language):
    *words, between = WORDS[language]
    numbers = {word: f"w{k}" for k, word in enumerate(" ".join(words).split())}
    parted = [" ".join(numbers[word] for word in part.split()) for part in words]
    found, right = accuracy(words, between), accuracy(parted, " ")
    assert right > 0.8
    assert found == pytest.approx(right, abs=0.02)
