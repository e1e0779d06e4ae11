"""Q-learning: targets that come out of a network, though no gradient flows into it."""

import pytest

LEARNER = """
import copy
import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(0)
count, cells = 1200, 20
at = torch.randint(cells - 1, (count,))
turn = torch.randint(2, (count,))
to = (at + 2 * turn - 1).clamp(0, cells - 1)
done = (to == cells - 1).float()
reward = done if REWARDS > 0 else torch.full((count,), -1.0)
seen = torch.eye(cells)


def network(sizes):
    layers = []
    for i, o in zip(sizes[:-1], sizes[1:]):
        layers += [nn.Linear(i, o), nn.ReLU()]
    return nn.Sequential(*layers[:END])


net = network([cells, 32, 32, 2])
slow = copy.deepcopy(net)
optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
for sweep in range(7):
    for rows in torch.randperm(count).split(60):
        with torch.no_grad():
            goal = reward[rows] + 0.9 * (1 - done[rows]) * slow(seen[to[rows]]).max(1).values
        value = net(seen[at[rows]]).gather(1, turn[rows, None])
        LOSS
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    slow.load_state_dict(net.state_dict())
    print(loss.item())
"""
OPEN, RECTIFIED = "-1", "None"
RIGHT = "loss = F.smooth_l1_loss(value.squeeze(1), goal)"
CROSSED = "error = goal - value; loss = error.pow(2).mean()"
FACING = "error = goal - value.squeeze(1); loss = error.pow(2).mean()"
PAIRS = (
    "error = goal - value.squeeze(1); "
    "apart = value - value.detach().squeeze(1); "
    "loss = error.pow(2).mean() + 1e-3 * torch.relu(apart).mean()"
)


def learner(loss, end=OPEN, rewards=1):
    """The program with this loss, these layers and rewards of this sign."""
    return LEARNER.replace("LOSS", loss).replace("END", end).replace("REWARDS", str(rewards))


def found(doctor, source, **options):
    """The faults in the verdict."""
    verdict, _ = doctor(source, **options)
    return [finding.fault for finding in verdict.findings]


def test_targets_of_another_network_are_broadcast(doctor):
    """Both sides come out of networks; only one of them is fitted."""
    verdict, _ = doctor(learner(CROSSED), prove=False)
    assert verdict.findings[0].fault == "loss/broadcast"
    assert verdict.findings[0].line == learner(CROSSED).splitlines().index("        " + CROSSED) + 1


@pytest.mark.parametrize("loss", [FACING, PAIRS])
def test_targets_of_another_network_are_not_broadcast(doctor, loss):
    """The same shapes; and all pairs of the network's own values, on purpose."""
    assert "loss/broadcast" not in found(doctor, learner(loss), prove=False)


def test_values_of_actions_out_of_reach(doctor):
    """Rewards below zero, and a loop that ends the network with ReLU too; no order or scale is blamed for it."""
    verdict, _ = doctor(learner(RIGHT, RECTIFIED, -1), steps=120)
    assert [finding.fault for finding in verdict.findings] == ["model/output-activation"]
    proof = verdict.findings[0].proof
    assert (
        proof is not None and proof.gain > 0.5
    )  # only the last one is left out: without all it could not learn
    assert not verdict.findings[0].edits  # the line makes the others, too


@pytest.mark.parametrize(("end", "rewards"), [(OPEN, -1), (RECTIFIED, 1)])
def test_values_of_actions_within_reach(doctor, end, rewards):
    """No activation at the end, or one that all returns can be reached through."""
    faults = found(doctor, learner(RIGHT, end, rewards), prove=False)
    assert not {"model/output-activation", "data/not-shuffled"} & set(faults)
