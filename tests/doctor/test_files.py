"""What a script does with files: under the doctor it sees what it would see, and the user's files stay as they are."""

import subprocess
import sys
from pathlib import Path

from vitreous.doctor.runner import Runner

SCRIPT = """
import glob, os, shutil, sqlite3, tempfile
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import nn

net = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1))
os.makedirs("runs/a", exist_ok=True)
Path("runs/a/x.txt").write_text("hello")
Path("runs/a/y.json").write_text("{}")


def entries(folder):
    with os.scandir(folder) as found:
        return sorted((entry.name, entry.is_file()) for entry in found)


def copied():
    shutil.copy2("runs/a/x.txt", "runs/a/z.txt")
    shutil.copytree("runs/a", "runs/b")
    shutil.move("runs/b/x.txt", "runs/moved.txt")
    shutil.move("runs/b", "runs/c")
    return sorted(os.listdir("runs")), Path("runs/moved.txt").read_text(), os.path.exists("runs/b")


def emptied():
    shutil.rmtree("runs/c")
    shutil.rmtree("kept")
    gone = os.path.exists("kept"), os.path.isdir("kept"), "kept" in os.listdir()
    os.makedirs("kept")
    Path("kept/new.txt").write_text("new")
    return gone, os.listdir("kept")


def renamed():
    os.rename("data.txt", "runs/data.txt")
    with open("notes.txt", "a") as notes:
        notes.write(" and more")
    os.remove("old.txt")
    texts = Path("runs/data.txt").read_text(), Path("notes.txt").read_text()
    return texts, os.path.exists("data.txt"), sorted(glob.glob("*.txt"))


def missing():
    answers = []
    for act in (os.remove, os.rmdir, os.listdir, os.stat, os.utime, lambda path: os.rename(path, "other")):
        try:
            act("nowhere")
        except FileNotFoundError:
            answers.append("not found")
    return answers


def arrays():
    np.savetxt("runs/a.csv", np.arange(4.0).reshape(2, 2))
    np.savez("runs/a.npz", x=np.arange(3))
    return np.loadtxt("runs/a.csv").tolist(), np.load("runs/a.npz")["x"].tolist()


def models():
    save_file(net.state_dict(), "runs/net.safetensors")
    torch.save(net.state_dict(), "runs/net.pt")
    traced = torch.jit.trace(net, torch.zeros(3, 2))
    traced.save("runs/net.jit")
    again = torch.jit.load("runs/net.jit")(torch.ones(1, 2)) - net(torch.ones(1, 2))
    exported = torch.export.export(net, (torch.zeros(3, 2),)).module()(torch.zeros(3, 2)).shape
    return sorted(load_file("runs/net.safetensors")), sorted(torch.load("runs/net.pt")), again.item(), exported


def database():
    with sqlite3.connect("runs/log.db") as log:
        log.execute("create table losses (value real)")
        log.execute("insert into losses values (0.5)")
        return log.execute("select value from losses").fetchall()


def linked():
    os.symlink("x.txt", "runs/a/link")
    Path("runs/touched").touch()
    os.chmod("runs/touched", 0o600)
    return os.readlink("runs/a/link"), Path("runs/a/link").read_text(), oct(os.stat("runs/touched").st_mode)[-3:]


def moved_into():
    os.chdir("runs")
    Path("inside.txt").write_text("1")
    said = Path("inside.txt").read_text(), os.path.exists("a/x.txt")
    os.chdir("..")
    return said


def temporary():
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "x").write_text("x")
        return os.listdir(folder)


print(entries("runs/a"), sorted(glob.glob("runs/**/*.txt", recursive=True)), sorted(Path("runs").glob("a/*.json")))
print([(folder, sorted(names)) for folder, _, names in sorted(os.walk("runs"))])
for step in (copied, emptied, renamed, missing, arrays, models, database, linked, moved_into, temporary):
    print(step.__name__, step())

x, y = torch.randn(64, 2), torch.randn(64, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(3):
    loss = ((net(x) - y) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
THEIRS = {
    "data.txt": "data",
    "notes.txt": "notes",
    "old.txt": "old",
    "kept/k.txt": "k",
    "kept/deep/d.txt": "d",
}


def made(folder: Path) -> Path:
    """A folder with the script and the user's files."""
    for name, text in THEIRS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / "train.py").write_text(SCRIPT)
    return folder / "train.py"


def test_a_script_finds_its_files_as_it_left_them_and_the_users_stay(tmp_path):
    plain, watched = made(tmp_path / "plain"), made(tmp_path / "watched")
    told = subprocess.run(
        [sys.executable, "-W", "ignore", plain.name],
        cwd=plain.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    before = {path: path.read_text() for path in sorted(watched.parent.rglob("*")) if path.is_file()}

    with Runner(watched, [], watched.parent) as runner:
        (evidence,) = runner.run([runner.job()])

    assert evidence.crash is None, evidence.crash
    printed = " ".join(line.text for line in evidence.printed)
    assert printed.split() == told.stdout.split()
    after = {path: path.read_text() for path in sorted(watched.parent.rglob("*")) if path.is_file()}
    assert after == before
    assert len(evidence.steps) == 3
