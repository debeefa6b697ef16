"""Who asks for a page and how they want it. Made by the renderer for every request, and known to every template."""

from datetime import datetime

from fastapi import Request
from fastapi.responses import HTMLResponse

from collector.access.identity import Identity
from collector.access.roles import Permission
from collector.web.city.summaries import Totals
from collector.web.formatting import Formatter
from collector.web.language import Language, Translator, choose_language, translator
from inventory.districts import ENGLISH_DISTRICTS
from inventory.models import Site

_PARK_ENDINGS = ("한강공원", " Hangang Park")
_A_YEAR_IN_SECONDS = 365 * 86_400


class Reader:
    """Who asks for a page, and in which language, and their identity, if known."""

    def __init__(self, request: Request, now: datetime) -> None:
        self._request = request
        self.now = now
        self.language: Language = choose_language(
            asked=request.query_params.get("lang"),
            remembered=request.cookies.get("lang"),
            accept_language=request.headers.get("accept-language"),
        )
        self.translate: Translator = translator(self.language)
        self.format = Formatter(self.translate, now)
        self.identity: Identity | None = getattr(request.state, "identity", None)
        self.path: str = request.url.path
        self.languages = [(str(language), translator(language)("language.name")) for language in Language]

    def may(self, permission: str) -> bool:
        """Whether they may do this, such as `plan`: for links that would lead to a refusal otherwise."""
        return self.identity is not None and self.identity.may(Permission(permission))

    def here_with(self, **parameters: str) -> str:
        """This page's address with some parameters changed, for the links that switch something.

        Relative on purpose: a path that begins with two slashes would lead to another host.
        """
        return f"?{self._request.url.include_query_params(**parameters).query}"

    @property
    def here(self) -> str:
        """This page's address, relative for the same reason."""
        return f"?{self._request.url.query}"

    def name(self, site: Site) -> str:
        """The site's name in the reader's language, in Korean where it has no other."""
        return site.name_ko if self.language is Language.KOREAN else site.name_en or site.name_ko

    def short_name(self, site: Site) -> str:
        """The name without what all Hangang parks share, for the map."""
        name = self.name(site)
        for ending in _PARK_ENDINGS:
            name = name.removesuffix(ending)
        return name or self.name(site)

    def district(self, name: str) -> str:
        """A district's name in the reader's language; one that is not Seoul's stays as the inventory has it."""
        return name if self.language is Language.KOREAN else ENGLISH_DISTRICTS.get(name, name)

    def state(self, totals: Totals) -> str:
        """The state of a site in words, and how many of its access points report."""
        word = self.translate(f"state.{totals.state}")
        return f"{word} {totals.reporting}/{totals.access_points}" if totals.access_points else word

    def remember_language(self, response: HTMLResponse) -> None:
        """Keep the language that the address asked for in a cookie."""
        if "lang" in self._request.query_params:
            response.set_cookie(
                "lang",
                str(self.language),
                max_age=_A_YEAR_IN_SECONDS,
                secure=self._request.url.scheme == "https",
                httponly=True,
                samesite="lax",
            )
