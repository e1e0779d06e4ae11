"""Where a script asks a training library for what that does."""

import pytest

from vitreous.doctor import trainers
from vitreous.record.places import Place

SCRIPT = """\
size = 64
options = {"batch_size": size, "max_epochs": 5}
net = NeuralNetClassifier(
    Net,
    lr=0.1,
    **options,
)
model.train()
other = Net(lr=0.3)
net.fit(x, y)
second = NeuralNetClassifier(Net, lr=0.2)
score = cross_val_score(second, x, y)
"""


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    return lambda line: Place(str(path), line)


def test_a_setting_is_found_through_names_and_dictionaries(script):
    assert trainers.setting(script(10), "batch_size").line == 1
    assert trainers.setting(script(10), "num_train_epochs", "max_epochs").line == 2
    assert trainers.setting(script(10), "weight_decay") is None


def test_of_several_the_last_before_the_run_counts(script):
    assert trainers.setting(script(10), "lr").line == 9
    assert trainers.setting(script(12), "lr").line == 11


def test_a_line_that_runs_a_library_is_known_by_its_call(script):
    assert [trainers.runs(script(n)) for n in (3, 10, 12)] == [False, True, True]
    assert trainers.data(script(10)) is None, "x is made nowhere"
