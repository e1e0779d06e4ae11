"""scikit-learn's MLPClassifier; it keeps no time of an epoch, so each is a share of the whole fit."""

from __future__ import annotations

import time
import warnings

from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from bench.peers import common


def main() -> None:
    warnings.filterwarnings("ignore")  # five epochs are too few for it to call them converged
    chosen = common.options()
    digits = common.load(chosen)
    model = MLPClassifier(common.HIDDEN, batch_size=chosen.batch_size, max_iter=chosen.epochs, random_state=0)
    x, x_test = common.normalized(digits.x), common.normalized(digits.x_test)
    with threadpool_limits(chosen.threads or None):
        start = time.perf_counter()
        model.fit(x, digits.y)
        seconds = time.perf_counter() - start
        accuracy = float(model.score(x_test, digits.y_test))
    common.say([seconds / model.n_iter_] * model.n_iter_, accuracy)


if __name__ == "__main__":
    main()
