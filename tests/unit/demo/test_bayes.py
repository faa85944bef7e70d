import random
import subprocess
import sys

import pytest

from router.demo.bayes import NaiveBayes, features
from router.demo.corpus import Label, replay_tickets, training_tickets
from router.demo.handwriting import write
from router.demo.rules import KeywordRules
from router.demo.verdict import Classifier, Verdict


@pytest.fixture(scope="module")
def learnt() -> NaiveBayes:
    return NaiveBayes(training_tickets(), seed=7)


def replayed(classifier: Classifier) -> list[tuple[Label, Verdict]]:
    rng = random.Random(11)
    tickets = [write(ticket, rng) for _ in range(3) for ticket in replay_tickets()]
    return [(ticket.truth, classifier.classify(ticket.text)) for ticket in tickets]


def accuracy(judged: list[tuple[Label, Verdict]]) -> float:
    return sum(truth is verdict.label for truth, verdict in judged) / len(judged)


def test_it_is_clearly_better_than_the_rules_and_still_wrong_at_times(learnt: NaiveBayes) -> None:
    of_ai, of_rules = accuracy(replayed(learnt)), accuracy(replayed(KeywordRules()))
    assert 0.45 < of_rules < 0.65
    assert 0.8 < of_ai < 0.95


def test_it_is_right_about_as_often_as_it_says(learnt: NaiveBayes) -> None:
    judged = replayed(learnt)
    claimed = sum(verdict.confidence for _, verdict in judged) / len(judged)
    assert claimed == pytest.approx(accuracy(judged), abs=0.08)


def test_it_is_less_sure_where_it_is_wrong(learnt: NaiveBayes) -> None:
    judged = replayed(learnt)
    right = [verdict.confidence for truth, verdict in judged if truth is verdict.label]
    wrong = [verdict.confidence for truth, verdict in judged if truth is not verdict.label]
    assert sum(wrong) / len(wrong) < sum(right) / len(right) - 0.2


def test_it_reads_through_typing_errors(learnt: NaiveBayes) -> None:
    assert learnt.classify("plaese refnud my monney").label is Label.REFUND


def test_it_knows_some_words_of_other_languages(learnt: NaiveBayes) -> None:
    assert learnt.classify("Wo ist mein Paket?").label is Label.SHIPPING


def test_of_a_text_that_it_cannot_read_every_label_is_as_likely(learnt: NaiveBayes) -> None:
    assert learnt.classify("").confidence == pytest.approx(1 / len(Label))


def test_two_processes_give_the_same_verdict_to_the_last_digit(learnt: NaiveBayes) -> None:
    program = (
        "from router.demo.bayes import NaiveBayes\n"
        "from router.demo.corpus import training_tickets\n"
        "print(repr(NaiveBayes(training_tickets(), 7).classify('where is my refund').confidence))"
    )
    # Another process has another order of sets; the sums may not depend on it.
    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    assert float(printed.stdout) == learnt.classify("where is my refund").confidence


def test_figures_are_all_alike() -> None:
    assert features("order 123") == features("order 98765")
