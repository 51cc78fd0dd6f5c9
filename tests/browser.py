"""A person at a browser, signed in to a service's pages; every page they see is checked."""

from __future__ import annotations

import re

import httpx

from tests.world import World


class Browser:
    """Nothing personal is in an address, nothing is kept, and every page is one that everybody can use."""

    def __init__(
        self,
        world: World,
        service: str,
        role: str,
        subject: str,
        authority: str = "northshire",
        acr: str = "level-2",
        organisation: str = "",
    ) -> None:
        self.http = httpx.Client(
            base_url=world.stack.url(service),
            follow_redirects=True,
            timeout=30,
            headers={"Accept": "text/html"},
        )
        who = {"subject": subject, "role": role, "authority": authority, "acr": acr, "organisation": organisation}
        self.sees("POST", "/sign-in", who)

    def sees(self, method: str, path: str, form: dict[str, str] | None = None, status: int = 200) -> str:
        """The page that comes of it."""
        page = self.http.request(method, path, data=form, headers={"Sec-Fetch-Site": "same-origin"})
        assert page.status_code == status, page.text
        for each in (*page.history, page):
            assert not re.search(r"\b\d{10}\b", str(each.request.url))
            assert not each.request.url.query
            assert each.headers["cache-control"] == "no-store"
        self.path = page.request.url.path
        return checked(page.text)


def checked(page: str) -> str:
    """The page, once it is seen to be one that everybody can use."""
    assert len(re.findall(r"<h1[ >]", page)) == 1
    assert "<script" not in page
    assert " style=" not in page
    assert page.count("<form") == page.count('<form method="post"')
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    labelled = set(re.findall(r'<label for="([^"]+)"', page))
    fields = re.findall(r'<(?:input|textarea) id="([^"]+)"', page)
    assert set(fields) <= labelled
    targets = set(re.findall(r'href="#([^"]+)"', page)) | {
        each for by in re.findall(r'aria-(?:describedby|labelledby)="([^"]+)"', page) for each in by.split()
    }
    assert targets <= set(ids)
    return page
