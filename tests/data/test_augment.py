"""Augmentation moves and hides, never invents, and comes from the generator alone."""

import torch

from vitreous.data.augment import ImageAugment, TokenDropout


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_same_generator_same_images():
    images = torch.randn(16, 3, 32, 32, generator=generator())
    for change in (ImageAugment(), ImageAugment(jitter=0.2, cutout=0.25)):
        first, second = change(images, generator(3)), change(images, generator(3))
        assert torch.equal(first, second) and not torch.equal(first, change(images, generator(4)))
        assert first.shape == images.shape


def test_each_image_is_a_shift_of_itself_or_its_mirror():
    images = torch.randn(24, 2, 16, 12, generator=generator())
    out = ImageAugment()(images, generator(1))
    down, right = round(16 / 8), round(12 / 8)
    mirrored = 0
    for image, changed in zip(images, out, strict=True):
        found = [
            flip
            for flip in (False, True)
            for dy in range(-down, down + 1)
            for dx in range(-right, right + 1)
            if torch.equal(
                torch.nn.functional.pad(
                    image.flip(2) if flip else image, (right, right, down, down), mode="reflect"
                )[:, down + dy : down + dy + 16, right + dx : right + dx + 12],
                changed,
            )
        ]
        assert len(found) == 1
        mirrored += found[0]
    assert 4 < mirrored < 20


def test_no_change_where_all_is_off():
    images = torch.randn(4, 3, 8, 8)
    assert torch.equal(ImageAugment(flip=False, shift=0)(images, generator()), images)


def test_cutout_hides_one_square():
    out = ImageAugment(flip=False, shift=0, cutout=0.25)(torch.ones(8, 3, 16, 16), generator())
    assert ((out == 0).sum(dim=(1, 2, 3)) == 3 * 4 * 4).all()


def test_token_dropout_keeps_padding_and_its_share():
    tokens = torch.randint(2, 50, (200, 100), generator=generator())
    tokens[:, 80:] = 0
    out = TokenDropout(0.1)(tokens, generator(2))
    assert (out[:, 80:] == 0).all()
    changed = out != tokens
    assert (out[changed] == 1).all()
    assert 0.08 < changed[:, :80].float().mean() < 0.12
