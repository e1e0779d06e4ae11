"""A browser for the pages, and runs to look at."""

import pytest

import vitreous as vt

BARE = {"train.baselines": False, "train.checks": False, "train.threads": 1}


@pytest.fixture(scope="session")
def digit_run(tmp_path_factory):
    """A small digit classifier with snapshots."""
    settings = BARE | {"model.hidden": [16, 12], "train.keep_checkpoints": 4}
    return vt.train(
        "digits", model="mlp", epochs=2, out=tmp_path_factory.mktemp("digits") / "run", settings=settings
    )


@pytest.fixture
def tab(browser):
    """Opens pages; at the end no dialog, no request, no complaint of the console and no error may have come."""
    seen, opened = [], []

    def go(path, **more):
        page = browser.new_page(**more)
        opened.append(page)
        page.on("dialog", lambda dialog: (seen.append(("dialog", dialog.message)), dialog.dismiss()))
        page.on("console", lambda message: seen.append(("console", message.text)))
        page.on("pageerror", lambda error: seen.append(("error", str(error))))
        own = path.as_uri()
        page.on(
            "request",
            lambda request: (
                request.url.startswith((own, "data:image/png")) or seen.append(("request", request.url))
            ),
        )
        page.goto(own)
        page.wait_for_selector("html[data-ready]")
        return page

    yield go
    for page in opened:
        page.close()
    assert seen == []
