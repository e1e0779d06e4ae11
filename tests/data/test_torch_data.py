import pytest
import torch
from torch.utils.data import DataLoader, Dataset, IterableDataset, TensorDataset

from vitreous.data.open import open_data, preprocessing_from_json
from vitreous.errors import DataError
from vitreous.training.recipe import DataRecipe

X = torch.randn(100, 4, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    "y, kind, dtype",
    [
        (torch.arange(100) % 3, "multiclass", torch.int64),
        (torch.arange(100).sort().values // 34, "multiclass", torch.int64),
        (torch.arange(100) % 2, "binary", torch.float32),
        (X[:, 0].double(), "regression", torch.float32),
        ((X > 0).float(), "multilabel", torch.float32),
    ],
)
def test_a_dataset_is_split_and_its_task_inferred(y, kind, dtype):
    data = open_data(TensorDataset(X, y), DataRecipe(), 0)
    assert (data.task.kind, data.input.kind) == (kind, "features")
    assert (len(data.train), len(data.validation), len(data.test)) == (70, 10, 20)
    assert data.test.take([0, 1])[1].dtype == dtype
    document = {"kind": "torch_data", "values": data.preprocessing.to_json()}
    assert preprocessing_from_json(document) == data.preprocessing


def test_loaders_lend_their_dataset_and_collate():
    def double(items):
        return torch.stack([x for x, _ in items]) * 2, torch.tensor([int(y) for _, y in items])

    loader = DataLoader(
        TensorDataset(X, torch.arange(100) % 3), batch_size=7, shuffle=True, collate_fn=double
    )
    data = open_data({"train": loader, "val": TensorDataset(X[:10], torch.arange(10) % 3)}, DataRecipe(), 0)
    torch.testing.assert_close(data.train.take([5])[0][0], X[5] * 2)
    assert len(data.validation) == 10
    assert data.test is None


def test_bad_datasets_are_named():
    class Endless(IterableDataset):
        def __iter__(self):
            yield 1

    class Single(Dataset):
        def __len__(self):
            return 5

        def __getitem__(self, i):
            return torch.zeros(3)

    pairs = TensorDataset(X, torch.arange(100) % 3)
    for source, words in [
        (Endless(), "only be iterated"),
        (Single(), "inputs, targets"),
        (TensorDataset(X[:0], X[:0]), "empty"),
        ({"test": pairs}, "Expected the splits"),
    ]:
        with pytest.raises(DataError, match=words):
            open_data(source, DataRecipe(), 0)
