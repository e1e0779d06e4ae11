import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from vitreous.training.estimators import Classifier, Regressor


@parametrize_with_checks([Classifier(), Regressor()])
def test_scikit_learn_accepts_the_estimators(estimator, check):
    check(estimator)
