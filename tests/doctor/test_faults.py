"""One mistake at a time in a right script: its name, its line, and the proof."""

import pytest
from tests.doctor.scripts import CLASSIFIER, REGRESSION, changed, line_of

from vitreous.doctor.diagnose import suspects

# fault -> the script with the mistake, a text on the line where the fix goes
WRONG = {
    "optim/no-zero-grad": (
        changed(
            CLASSIFIER,
            ("        optimizer.zero_grad()", None),
            ("Adam(model.parameters(), lr=3e-3)", "SGD(model.parameters(), lr=0.3)"),
        ),
        "loss.backward()",
    ),
    "optim/grads-cleared": (
        changed(
            CLASSIFIER,
            ("        optimizer.zero_grad()", None),
            ("loss.backward()", "loss.backward()\n        optimizer.zero_grad()"),
        ),
        "optimizer.zero_grad()",
    ),
    "optim/no-step": (changed(CLASSIFIER, ("        optimizer.step()", None)), "loss.backward()"),
    "optim/wrong-parameters": (
        changed(CLASSIFIER, ("loader = ", "model = __import__('copy').deepcopy(model)\nloader = ")),
        "optimizer = ",
    ),
    "optim/lr-too-high": (changed(CLASSIFIER, ("lr=3e-3", "lr=3.0")), "optimizer = "),
    "optim/lr-too-low": (changed(CLASSIFIER, ("lr=3e-3", "lr=3e-6")), "optimizer = "),
    "loss/softmax-before-cross-entropy": (
        changed(CLASSIFIER, ("    nn.Linear(32, 4),\n", "    nn.Linear(32, 4),\n    nn.Softmax(dim=1),\n")),
        "nn.Softmax",
    ),
    "loss/logits-into-probability-loss": (
        changed(CLASSIFIER, ("criterion = nn.CrossEntropyLoss()", "criterion = nn.NLLLoss()")),
        "criterion = nn.NLLLoss()",
    ),
    "loss/broadcast": (changed(REGRESSION, ("prediction.squeeze(1)", "prediction")), "loss = "),
    "train/eval-mode": (
        changed(CLASSIFIER, ("    model.train()\n", ""), ("for epoch", "model.eval()\nfor epoch")),
        "for epoch",
    ),
    "eval/train-mode": (changed(CLASSIFIER, ("    model.eval()\n", "")), "torch.no_grad"),
    "eval/wrong-metric": (
        changed(CLASSIFIER, ("out.argmax(1)", "out[:4].argmax(0)"), ("== y_val)", "== y_val[:4])")),
        "argmax",
    ),
    "data/not-shuffled": (
        changed(
            CLASSIFIER,
            (
                "x_train, y_train, x_val",
                "order = y[:600].argsort()\nx[:600], y[:600] = x[order], y[order]\nx_train, y_train, x_val",
            ),
            (", shuffle=True", ""),
        ),
        "loader = ",
    ),
    "data/non-finite": (
        changed(CLASSIFIER, ("x_train, y_train, x_val", "x[17, 3] = float('nan')\nx_train, y_train, x_val")),
        "x[17, 3]",
    ),
    "data/not-normalized": (
        changed(
            REGRESSION,
            ("y = torch.sin", "x = x * torch.tensor([1.0, 1.0, 900.0, 400.0, 5000.0])\ny = torch.sin"),
            ("x[:, 1] * x[:, 2]", "x[:, 1] * x[:, 2] / 900"),
        ),
        "y = torch.sin",
    ),
    "data/label-range": (
        changed(CLASSIFIER, ("x_train, y_train, x_val", "y = y + 1\nx_train, y_train, x_val")),
        "y = y + 1",
    ),
    "model/output-activation": (
        changed(REGRESSION, ("self.last(h)", "torch.sigmoid(self.last(h))")),
        "torch.sigmoid",
    ),
    "model/no-nonlinearity": (
        changed(
            REGRESSION,
            ("torch.tanh(self.first(x))", "self.first(x)"),
            ("torch.tanh(self.second(h))", "self.second(h)"),
        ),
        "self.first(x)",
    ),
    "model/unregistered-parameters": (
        changed(
            REGRESSION,
            ("self.first = nn.Linear(5, 48)", "self.first = [nn.Linear(5, 48)]"),
            ("self.first(x)", "self.first[0](x)"),
        ),
        "self.first = [",
    ),
    "model/disconnected": (
        changed(REGRESSION, ("h = torch.tanh(self.first(x))", "h = torch.tanh(self.first(x)).detach()")),
        ".detach()",
    ),
    "model/ignores-input": (
        changed(REGRESSION, ("h = torch.tanh(self.first(x))", "h = torch.tanh(self.first(x * 0))")),
        "x * 0",
    ),
    "optim/frozen": (
        changed(
            CLASSIFIER,
            (
                "criterion = nn",
                "for p in [*model[2].parameters(), *model[6].parameters()]:\n    p.requires_grad = False\n"
                "model[0].requires_grad_(False)\ncriterion = nn",
            ),
        ),
        "model[0].requires",
    ),
    "loss/log-of-zero": (
        changed(
            REGRESSION,
            (
                "F.mse_loss(prediction.squeeze(1), y[rows])\n        opt",
                "(prediction.squeeze(1) - y[rows].log()).pow(2).mean()\n        opt",
            ),
            ("+ 0.05 *", "+ 2 + 0 *"),
        ),
        ".log()",
    ),
}
NO_PROOF = {"eval/wrong-metric", "model/ignores-input", "model/unregistered-parameters"}
# the pages, the rows and scripts of the corpus prove the same
LONG = {"optim/no-zero-grad", "optim/lr-too-high", "data/non-finite", "data/not-normalized"}


@pytest.mark.parametrize(
    "fault",
    [pytest.param(f, marks=pytest.mark.long if f in LONG else ()) for f in WRONG if f != "loss/log-of-zero"],
)
def test_the_mistake_is_named_first_with_its_line(doctor, fault):
    source, text = WRONG[fault]
    verdict, evidence = doctor(source)

    first = verdict.findings[0] if verdict.findings else None
    assert first is not None, (verdict.rejected, verdict.not_checked)
    assert first.fault == fault
    assert abs((first.line or 0) - line_of(source, text)) <= 3
    assert verdict.exit_status == 1
    if fault not in NO_PROOF:
        assert first.proof is not None
        assert first.certain or first.proof.gain > 0.1, first.proof.changed
    assert not [note for note in evidence.not_checked if "record missed" in note]


@pytest.mark.parametrize("fault", sorted(LONG))
def test_it_is_suspected_at_its_line_before_any_experiment(doctor, fault):
    source, text = WRONG[fault]
    lines = {
        one.file.fault.id: one.suspicion.place.line for one in suspects(doctor(source, prove=False)[1])[0]
    }
    assert abs(lines[fault] - line_of(source, text)) <= 3


@pytest.mark.parametrize("source", [CLASSIFIER, REGRESSION], ids=["classifier", "regression"])
def test_right_scripts_raise_nothing(doctor, source):
    verdict, _ = doctor(source)
    assert verdict.findings == []
    assert verdict.verdict == "healthy"
    assert verdict.exit_status == 0
