"""The destinations, by the name that `connect` takes. What is proven how: docs/tools.md."""

from __future__ import annotations

from typing import Final

from gemini_setup.delivery.destinations.base import Destination
from gemini_setup.delivery.destinations.cloud_stores import (
    AwsSecretsManager,
    AzureKeyVault,
    GoogleSecretManager,
)
from gemini_setup.delivery.destinations.cluster_stores import DockerSecrets, Kubernetes
from gemini_setup.delivery.destinations.team_stores import Doppler, GithubActions, OnePassword, Vault

DESTINATIONS: Final[dict[str, Destination]] = {
    one.id: one
    for one in (
        GithubActions(), GoogleSecretManager(), Kubernetes(), DockerSecrets(), AwsSecretsManager(), AzureKeyVault(),
        Vault(), OnePassword(), Doppler(),
    )
}  # fmt: skip
