import torch
import torch.nn as nn

torch.manual_seed(77)

N_DICE, N_FACES = 4, 6
N_MOVES = 8  # keep the die 0..3, reroll, pass, double, fold


class DiceTable:
    """One decision an episode: dice, coins and a round number come, a move gives points."""

    def deal(self, n):
        dice = torch.randint(1, N_FACES + 1, (n, N_DICE))
        coins = torch.randint(0, 4, (n, 1))
        round_no = torch.randint(0, 3, (n, 1))
        return dice, coins, round_no

    def observe(self, dice, coins, round_no):
        return torch.cat([(dice - 3.5) / 1.7, (coins - 1.5) / 1.1, round_no - 1.0], dim=1).float()

    def allowed(self, dice, coins, round_no):
        keep = dice > 1
        reroll = round_no < 2
        stand = torch.ones_like(reroll)
        double = coins > 0
        fold = round_no > 0
        return torch.cat([keep, reroll, stand, double, fold], dim=1)

    def points(self, dice, coins, round_no):
        keep = dice / 6.0
        total = dice.sum(1, keepdim=True)
        reroll = (14 - total) / 6.0
        stand = torch.full_like(reroll, 0.3)
        double = (total - 15) / 3.0 * coins / 2
        fold = 0.6 - 0.1 * coins
        return torch.cat([keep, reroll, stand, double, fold], dim=1).float()


class Policy(nn.Module):
    def __init__(self, n_in=N_DICE + 2, hidden=64):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(n_in, hidden), nn.Tanh(), nn.Linear(hidden, hidden), nn.Tanh())
        self.actor = nn.Linear(hidden, N_MOVES)
        self.critic = nn.Linear(hidden, 1)

    def forward(self, obs, mask):
        h = self.net(obs)
        logits = self.actor(h).masked_fill(~mask, float("-inf"))
        return torch.softmax(logits, dim=-1), self.critic(h).squeeze(-1)


table = DiceTable()
policy = Policy()
optimizer = torch.optim.Adam(policy.parameters(), lr=2e-3)
entropy_coef, value_coef = 0.01, 0.5


def evaluate(n=2000):
    state = table.deal(n)
    mask, points = table.allowed(*state), table.points(*state)
    with torch.no_grad():
        probs, _ = policy(table.observe(*state), mask)
    got = points.gather(1, probs.argmax(1, keepdim=True)).mean().item()
    best = points.masked_fill(~mask, -9.0).max(1).values.mean().item()
    return got, best


for update in range(1, 1201):
    state = table.deal(128)
    mask, points = table.allowed(*state), table.points(*state)
    probs, value = policy(table.observe(*state), mask)
    action = torch.multinomial(probs, num_samples=1)
    reward = points.gather(1, action).squeeze(1)
    advantage = (reward - value).detach()
    logp = torch.log(probs.gather(1, action).squeeze(1))
    entropy = -(probs * torch.log(probs + 1e-8)).sum(dim=1).mean()
    policy_loss = -(logp * advantage).mean()
    value_loss = (reward - value).pow(2).mean()
    loss = policy_loss + value_coef * value_loss - entropy_coef * entropy
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if update % 150 == 0:
        got, best = evaluate()
        print(f"update {update:4d} loss {loss.item():.4f} entropy {entropy.item():.3f} "
              f"points a hand {got:.3f} (best possible {best:.3f})")
