"""Where teams keep what their programs need: GitHub Actions, Vault, 1Password, Doppler."""

from __future__ import annotations

import json

from gemini_setup.delivery.destinations.base import Store
from gemini_setup.delivery.destinations.vendor_program import Failed, VendorProgram, Where
from gemini_setup.delivery.file_edit import DeliveryError


def _sent(program: VendorProgram, *arguments: str) -> str:
    try:
        return program.send(*arguments)
    except Failed as error:
        raise DeliveryError("send-failed", program=program.name, why=error.said) from None


class GithubActions(Store):
    """Nobody can read a secret of GitHub back; the time of its last change is its version."""

    id = "github"
    title = "GitHub Actions"
    program = "gh"
    to = "OWNER/REPOSITORY"
    option = "--repo"

    def send(self, program: VendorProgram, where: Where, stamp: str) -> str:
        before = self._changed(program, where)
        _sent(program, "secret", "set", where.name, *self.at(where))
        after = self._changed(program, where)
        if not after or after == before:
            raise DeliveryError("not-read-back", place=str(where))
        return after

    def _changed(self, program: VendorProgram, where: Where) -> str:
        said = program.ask("secret", "list", "--json", "name,updatedAt", *self.at(where))
        try:
            rows = {str(row["name"]).upper(): str(row["updatedAt"]) for row in json.loads(said or "[]")}
        except (ValueError, KeyError, TypeError):
            return ""
        return rows.get(where.name.upper(), "")

    def shown(self, where: Where) -> str:
        return " ".join(["gh secret set", where.name, *self.at(where)])

    def removal(self, where: Where) -> str:
        return " ".join(["gh secret delete", where.name, *self.at(where)])


class Vault(Store):
    """One field of a secret of the second kind of key-value store; its other fields stay."""

    id = "vault"
    title = "HashiCorp Vault"
    program = "vault"
    to = "PATH"
    needs_to = True

    def send(self, program: VendorProgram, where: Where, stamp: str) -> str:
        words = ("-format=json", where.to, f"{where.name}=-")
        try:
            said = program.send("kv", "patch", *words)
        except Failed as missing:
            if "No value found" not in missing.said and "404" not in missing.said:
                raise DeliveryError("send-failed", program=program.name, why=missing.said) from None
            said = _sent(program, "kv", "put", *words)
        try:
            version = str(json.loads(said)["data"]["version"])
        except (ValueError, KeyError, TypeError):
            raise DeliveryError("not-read-back", place=str(where)) from None
        read = program.ask("kv", "get", f"-version={version}", f"-field={where.name}", where.to)
        if not program.same(read):
            raise DeliveryError("not-read-back", place=str(where))
        return version

    def shown(self, where: Where) -> str:
        return f"vault kv patch {where.to} {where.name}=-"

    def removal(self, where: Where) -> str:
        return f"vault kv metadata delete {where.to}"


class OnePassword(Store):
    """An item of the kind API Credential. `op` takes an item's fields as JSON on its standard input."""

    id = "1password"
    title = "1Password"
    program = "op"
    to = "VAULT"
    needs_to = True
    option = "--vault"

    def send(self, program: VendorProgram, where: Where, stamp: str) -> str:
        secret = program.secret.reveal()
        fields = [{"id": "credential", "type": "CONCEALED", "label": "credential", "value": secret}]
        item = {"title": where.name, "category": "API_CREDENTIAL", "fields": fields}
        feed = json.dumps(item).encode()
        try:
            program.run("item", "get", where.name, *self.at(where), "--format", "json", "--fields", "title")
            words = ("item", "edit", where.name, *self.at(where), "--format", "json")
        except Failed:
            words = ("item", "create", "-", *self.at(where), "--format", "json")
        try:
            said = program.run(*words, feed=feed)
        except Failed as error:
            raise DeliveryError("send-failed", program=program.name, why=error.said) from None
        read = program.ask("read", f"op://{where.to}/{where.name}/credential")
        if not program.same(read):
            raise DeliveryError("not-read-back", place=str(where))
        try:
            return str(json.loads(said)["version"])
        except (ValueError, KeyError, TypeError):
            return stamp

    def shown(self, where: Where) -> str:
        return " ".join(["op item edit", where.name, *self.at(where)])

    def removal(self, where: Where) -> str:
        return " ".join(["op item delete", where.name, *self.at(where)])


class Doppler(Store):
    id = "doppler"
    title = "Doppler"
    program = "doppler"
    to = "PROJECT/CONFIG"
    needs_to = True

    def at(self, where: Where) -> list[str]:
        project, _, config = where.to.partition("/")
        return ["--project", project, "--config", config, "--no-check-version"]

    def send(self, program: VendorProgram, where: Where, stamp: str) -> str:
        _sent(program, "secrets", "set", where.name, "--no-interactive", "--silent", *self.at(where))
        read = program.ask("secrets", "get", where.name, "--plain", *self.at(where))
        if not program.same(read):
            raise DeliveryError("not-read-back", place=str(where))
        return stamp

    def shown(self, where: Where) -> str:
        return " ".join(["doppler secrets set", where.name, "--no-interactive", *self.at(where)])

    def removal(self, where: Where) -> str:
        return " ".join(["doppler secrets delete", where.name, *self.at(where)])
