import pytest
from hypothesis import given, strategies as st

from router.demo.bayes import NaiveBayes
from router.demo.corpus import training_tickets
from router.demo.rules import KeywordRules
from router.demo.verdict import Classifier

CLASSIFIERS = (KeywordRules(), NaiveBayes(training_tickets(), seed=1))


@pytest.mark.parametrize("classifier", CLASSIFIERS, ids=lambda classifier: classifier.name)
@given(text=st.text(max_size=200))
def test_whatever_is_written_the_confidence_is_a_ratio(classifier: Classifier, text: str) -> None:
    assert 0.0 <= classifier.classify(text).confidence <= 1.0
