"""The models that the loopback Google offers, with the fields of Google's own list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "speech", "live", "image", "embedding", "predict", "long", "answer", "agent"]

# google-facts.md §4 for the text models, §4 "A listed model may still be unusable" for the other kinds.
_METHODS: dict[Kind, list[str]] = {
    "text": ["generateContent", "countTokens", "createCachedContent", "batchGenerateContent"],
    "speech": ["countTokens", "generateContent"],
    "live": ["countTokens", "bidiGenerateContent"],
    "image": ["generateContent", "countTokens", "batchGenerateContent"],
    "embedding": ["embedContent", "countTextTokens", "countTokens", "asyncBatchEmbedContent"],
    "predict": ["predict"],
    "long": ["predictLongRunning"],
    "answer": ["generateAnswer"],
    "agent": ["generateContent", "countTokens"],
}


@dataclass(frozen=True)
class Model:
    """One model; `vertex` says whether Vertex AI offers it too, `everywhere` whether outside `global`."""

    name: str
    title: str
    version: str
    kind: Kind = "text"
    reads: int = 1_048_576
    writes: int = 65_536
    vertex: bool = False
    everywhere: bool = False
    retired: bool = False

    @property
    def alias(self) -> bool:
        return self.name.endswith("-latest")

    @property
    def document(self) -> dict[str, object]:
        found: dict[str, object] = {
            "name": f"models/{self.name}",
            "version": self.version,
            "displayName": self.title,
            "description": f"{self.title}, as the loopback Google describes it.",
            "inputTokenLimit": self.reads,
            "outputTokenLimit": self.writes,
            "supportedGenerationMethods": list(_METHODS[self.kind]),
        }
        if self.kind in ("text", "speech", "image", "agent"):
            found |= {"temperature": 1, "topP": 0.95, "topK": 64, "maxTemperature": 2}
        if self.kind == "text" and self.name.startswith("gemini"):
            found["thinking"] = True
        return found

    @property
    def vertex_document(self) -> dict[str, object]:
        preview = "preview" in self.name
        return {
            "name": f"publishers/google/models/{self.name}",
            "versionId": "default",
            "openSourceCategory": "PROPRIETARY",
            "launchStage": "PUBLIC_PREVIEW" if preview else "GA",
            "publisherModelTemplate": (
                f"projects/{{project}}/locations/{{location}}/publishers/google/models/{self.name}@default"
            ),
        }


# Google lists the old before the new, and the odd ones last; a client that takes the first one is wrong.
CATALOGUE: tuple[Model, ...] = (
    Model("gemini-2.5-flash", "Gemini 2.5 Flash", "001", retired=True),
    Model("gemini-2.5-pro", "Gemini 2.5 Pro", "2.5", retired=True),
    Model("gemini-2.5-flash-lite", "Gemini 2.5 Flash-Lite", "001"),
    Model(
        "gemini-2.5-flash-lite-preview-09-2025", "Gemini 2.5 Flash-Lite Preview Sep 2025", "2.5-preview-09-25"
    ),
    Model(
        "gemini-2.5-flash-preview-tts",
        "Gemini 2.5 Flash Preview TTS",
        "gemini-2.5-flash-exp-tts-2025-05-19",
        "speech",
        8_192,
        16_384,
    ),
    Model("gemini-2.5-flash-image", "Nano Banana", "2.0", "image", 32_768, 32_768),
    Model("gemma-4-26b-a4b-it", "Gemma 4 26B A4B IT", "001", reads=262_144, writes=32_768),
    Model("gemma-4-31b-it", "Gemma 4 31B IT", "001", reads=262_144, writes=32_768),
    Model("gemini-flash-latest", "Gemini Flash Latest", "Gemini Flash Latest"),
    Model("gemini-flash-lite-latest", "Gemini Flash-Lite Latest", "Gemini Flash-Lite Latest"),
    Model("gemini-pro-latest", "Gemini Pro Latest", "Gemini Pro Latest"),
    Model("gemini-3-flash-preview", "Gemini 3 Flash Preview", "3-flash-preview-12-2025", vertex=True),
    Model("gemini-3-pro-image-preview", "Nano Banana Pro", "3.0", "image", 131_072, 32_768, vertex=True),
    Model("gemini-3.1-pro-preview", "Gemini 3.1 Pro Preview", "3.1-pro-preview-01-2026", vertex=True),
    Model("gemini-3.1-flash-lite-preview", "Gemini 3.1 Flash-Lite Preview", "3.1-flash-lite-preview-03-2026"),
    Model("gemini-3.1-flash-lite", "Gemini 3.1 Flash-Lite", "001", vertex=True, everywhere=True),
    Model("gemini-3.1-flash-live-preview", "Gemini 3.1 Flash Live Preview", "001", "live", 131_072),
    Model("gemini-3.1-flash-tts-preview", "Gemini 3.1 Flash TTS Preview", "001", "speech", 8_192, 16_384),
    Model("gemini-3.5-flash", "Gemini 3.5 Flash", "001", vertex=True, everywhere=True),
    Model("gemini-3.5-flash-lite", "Gemini 3.5 Flash-Lite", "001", vertex=True, everywhere=True),
    Model("gemini-3.6-flash", "Gemini 3.6 Flash", "001"),
    Model("gemini-3.7-flash", "Gemini 3.7 Flash", "001", vertex=True),
    Model("gemini-3.8-flash", "Gemini 3.8 Flash", "001", vertex=True, everywhere=True),
    Model("gemini-3.8-flash-image", "Nano Banana 3", "001", "image", 65_536, 32_768),
    Model("gemini-4-hydrogen", "Gemini 4 Hydrogen", "001"),
    Model("gemini-4-argon", "Gemini 4 Argon", "001", vertex=True),
    Model("gemini-4-carbon", "Gemini 4 Carbon", "001"),
    Model("gemini-robotics-er-1.6-preview", "Gemini Robotics-ER 1.6 Preview", "1.6-preview", "agent"),
    Model(
        "deep-research-pro-preview-12-2025",
        "Deep Research Pro Preview",
        "deepthink-exp-05-20",
        "agent",
        131_072,
    ),
    Model("gemini-embedding-001", "Gemini Embedding 001", "001", "embedding", 2_048, 1),
    Model("gemini-embedding-2-preview", "Gemini Embedding 2 Preview", "2", "embedding", 8_192, 1),
    Model("aqa", "Model that performs Attributed Question Answering.", "001", "answer", 7_168, 1_024),
    Model("imagen-4.0-generate-001", "Imagen 4", "001", "predict", 480, 8_192),
    Model("veo-3.1-generate-preview", "Veo 3.1", "3.1", "long", 480, 8_192),
)

BY_NAME: dict[str, Model] = {model.name: model for model in CATALOGUE}

# google-facts.md §2, discovery revision 20261106.
_LOCATIONS = (
    "global us eu africa-south1 asia-east1 asia-east2 asia-northeast1 asia-northeast2 asia- "
    "northeast3 asia-south1 asia-south2 asia-southeast1 asia-southeast2 asia-southeast3 australia- "
    "southeast1 australia-southeast2 europe-central2 europe-north1 europe-north2 europe-southwest1 "
    "europe-west1 europe-west2 europe-west3 europe-west4 europe-west6 europe-west8 europe-west9 "
    "europe-west10 europe-west12 europe-west15 me-central1 me-central2 me-west1 northamerica- "
    "northeast1 northamerica-northeast2 southamerica-east1 southamerica-west1 us-central1 us- "
    "central2 us-east1 us-east4 us-east5 us-east7 us-south1 us-west1 us-west2 us-west3 us-west4 us- "
    "west8"
)
LOCATIONS: frozenset[str] = frozenset(_LOCATIONS.split())
