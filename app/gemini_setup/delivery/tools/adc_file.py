"""A file for google-auth and all that find Application Default Credentials: a service account as a file, where asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from gemini_setup.delivery.formats.base import Form, Whole
from gemini_setup.delivery.tools.base import DeliveryOptions, FilePart, NotForThisTool, Part, Plain
from gemini_setup.model.credentials import Access, ServiceAccount


class Adc(Plain):
    id = "adc"
    title = "Application Default Credentials"
    needs_file = True

    def parts(self, access: Access, wish: DeliveryOptions, environ: Mapping[str, str]) -> tuple[Part, ...]:
        assert wish.file is not None, "the faces ask for it"
        if not isinstance(access.credential, ServiceAccount):
            raise NotForThisTool("adc_account")
        document = json.dumps(json.loads(access.credential.document.reveal()), indent=2) + "\n"
        return (FilePart(wish.file, self.forms(wish.file), {(): document}),)

    def forms(self, path: Path) -> Form:
        return Whole()

    def shadows(self, parts: tuple[Part, ...], environ: Mapping[str, str]) -> tuple[str, ...]:
        named = environ.get("GOOGLE_APPLICATION_CREDENTIALS")
        paths = [str(part.path) for part in parts if isinstance(part, FilePart)]
        return ("GOOGLE_APPLICATION_CREDENTIALS",) if named and named not in paths else ()
