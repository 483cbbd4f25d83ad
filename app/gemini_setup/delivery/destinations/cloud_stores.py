"""The clouds' own secret stores: each credential becomes a new version, which is read back and compared."""

from __future__ import annotations

import json
import os
from typing import Final

from gemini_setup.delivery.destinations.base import CloudStore
from gemini_setup.delivery.destinations.vendor_program import Failed, VendorProgram, Where, worded
from gemini_setup.delivery.file_edit import DeliveryError

#: Programs that take a file only get their standard input by this name.
_STDIN: Final = "/dev/stdin"


def _must_have_stdin(title: str) -> None:
    if os.name == "nt":
        raise DeliveryError("no-stdin", tool=title)


def _not_sent(program: VendorProgram, error: Failed) -> DeliveryError:
    return DeliveryError("send-failed", program=program.name, why=error.said)


def _compared(same: bool, where: Where) -> None:
    if not same:
        raise DeliveryError("not-read-back", place=str(where))


class GoogleSecretManager(CloudStore):
    id = "gcloud"
    title = "Google Secret Manager"
    program = "gcloud"
    to = "PROJECT"
    option = "--project"

    def send(self, program: VendorProgram, where: Where, stamp: str) -> str:
        form = ("--data-file=-", "--format=value(name)", "--quiet", *self.at(where))
        try:
            said = program.send("secrets", "versions", "add", where.name, *form)
        except Failed as missing:
            if "NOT_FOUND" not in missing.said:
                raise _not_sent(program, missing) from None
            try:
                program.send(
                    "secrets", "create", where.name, "--replication-policy=automatic", "--data-file=-",
                    "--quiet", *self.at(where),
                )  # fmt: skip
            except Failed as error:
                raise _not_sent(program, error) from None
            said = "versions/1"
        version = worded(said, r"(?:versions/)?(\d+)\s*$") or "latest"
        read = program.ask(
            "secrets",
            "versions",
            "access",
            version,
            f"--secret={where.name}",
            "--quiet",
            *self.at(where),
        )
        _compared(program.same(read), where)
        return version

    def shown(self, where: Where) -> str:
        return " ".join(["gcloud secrets versions add", where.name, "--data-file=-", *self.at(where)])

    def removal(self, where: Where) -> str:
        return " ".join(["gcloud secrets delete", where.name, *self.at(where)])


class AwsSecretsManager(CloudStore):
    id = "aws"
    title = "AWS Secrets Manager"
    program = "aws"
    to = "REGION"
    option = "--region"

    def send(self, program: VendorProgram, where: Where, stamp: str) -> str:
        _must_have_stdin(self.title)
        form = ("--secret-string", f"file://{_STDIN}", "--output", "json", *self.at(where))
        try:
            said = program.send("secretsmanager", "put-secret-value", "--secret-id", where.name, *form)
        except Failed as missing:
            if "ResourceNotFoundException" not in missing.said:
                raise _not_sent(program, missing) from None
            try:
                said = program.send("secretsmanager", "create-secret", "--name", where.name, *form)
            except Failed as error:
                raise _not_sent(program, error) from None
        try:
            version = str(json.loads(said)["VersionId"])
        except (ValueError, KeyError, TypeError):
            raise DeliveryError("not-read-back", place=str(where)) from None
        read = program.ask(
            "secretsmanager", "get-secret-value", "--secret-id", where.name, "--version-id", version,
            "--query", "SecretString", "--output", "text", *self.at(where),
        )  # fmt: skip
        _compared(program.same(read), where)
        return version

    def shown(self, where: Where) -> str:
        words = [
            "aws secretsmanager put-secret-value --secret-id",
            where.name,
            "--secret-string",
            f"file://{_STDIN}",
        ]
        return " ".join([*words, *self.at(where)])

    def removal(self, where: Where) -> str:
        return " ".join(["aws secretsmanager delete-secret --secret-id", where.name, *self.at(where)])


class AzureKeyVault(CloudStore):
    id = "azure"
    title = "Azure Key Vault"
    program = "az"
    to = "VAULT"
    needs_to = True
    option = "--vault-name"

    def send(self, program: VendorProgram, where: Where, stamp: str) -> str:
        _must_have_stdin(self.title)
        try:
            said = program.send(
                "keyvault", "secret", "set", *self.at(where), "--name", where.name, "--file", _STDIN,
                "--encoding", "utf-8", "--query", "id", "--output", "tsv",
            )  # fmt: skip
        except Failed as error:
            raise _not_sent(program, error) from None
        address = said.strip()
        if not address.startswith("https://"):
            raise DeliveryError("not-read-back", place=str(where))
        read = program.ask(
            "keyvault",
            "secret",
            "show",
            "--id",
            address,
            "--query",
            "value",
            "--output",
            "tsv",
        )
        _compared(program.same(read), where)
        return address.rpartition("/")[2]

    def shown(self, where: Where) -> str:
        words = ["az keyvault secret set", *self.at(where), "--name", where.name, "--file", _STDIN]
        return " ".join(words)

    def removal(self, where: Where) -> str:
        return " ".join(["az keyvault secret delete", *self.at(where), "--name", where.name])
