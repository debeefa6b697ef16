"""What proves a device's generation, and what does not."""

import pytest

from agent.wire import Radio
from collector.legacy.generation import ORDER, ProvenGeneration, prove_generation
from inventory.catalogue import CatalogueModel, Confidence, Value


def model(generation: str, confidence: Confidence = Confidence.CONFIRMED) -> CatalogueModel:
    return CatalogueModel("Acme", "A-1", (), {"generation": Value(generation, confidence, ("sheet",))})


def radio(capability: str | None = None, standard: str | None = None, band: str = "5") -> Radio:
    return Radio.model_validate({"name": "r", "band": band, "capability": capability, "standard": standard})


@pytest.mark.parametrize(
    ("radios", "of_model", "proven"),
    [
        pytest.param([], None, ProvenGeneration(None, None, None), id="nothing is known"),
        pytest.param(
            [radio("802.11n", band="2.4"), radio("802.11ac")],
            None,
            ProvenGeneration("5", "5", "radio"),
            id="the newest radio counts",
        ),
        pytest.param(
            [radio("802.11n", band="2.4"), radio()],
            None,
            ProvenGeneration(None, "4", "radio in part"),
            id="the radio that does not say may be the newest",
        ),
        pytest.param(
            [radio("802.11n", band="2.4"), radio()],
            model("5"),
            ProvenGeneration("5", "5", "model"),
            id="the model knows",
        ),
        pytest.param([], model("5"), ProvenGeneration("5", "5", "model"), id="the catalogue proves it"),
        pytest.param(
            [radio(standard="802.11n")],
            None,
            ProvenGeneration(None, "4", "radio in part"),
            id="an old standard in use proves no old device",
        ),
        pytest.param(
            [radio(standard="802.11n")],
            model("6"),
            ProvenGeneration("6", "6", "model"),
            id="a new device may be set to an old standard",
        ),
        pytest.param(
            [radio(standard="802.11ax")],
            model("5"),
            ProvenGeneration(None, "6", "radio in part", "5"),
            id="what is spoken can be done, whatever the catalogue says",
        ),
        pytest.param(
            [radio("802.11ax")],
            model("5"),
            ProvenGeneration("6", "6", "radio", "5"),
            id="the radio is the device itself",
        ),
        pytest.param(
            [radio("802.11ax"), radio("802.11ax", band="6")],
            None,
            ProvenGeneration("6E", "6E", "radio"),
            id="6 GHz is 6E",
        ),
        pytest.param(
            [radio("802.11ax"), radio("802.11ax", band="2.4")],
            model("6E"),
            ProvenGeneration(None, "6", "radio in part", "6E"),
            id="a radio that the model has does not report itself",
        ),
        pytest.param(
            [], model("5", Confidence.UNCONFIRMED), ProvenGeneration(None, None, None), id="nobody can be named"
        ),
        pytest.param([], model("5", Confidence.DISPUTED), ProvenGeneration(None, None, None), id="sources disagree"),
    ],
)
def test_what_is_proven(radios: list[Radio], of_model: CatalogueModel | None, proven: ProvenGeneration) -> None:
    assert prove_generation(radios, of_model) == proven


def test_older_is_said_only_where_it_is_proven() -> None:
    known = prove_generation([], model("5"))
    assert [known.is_older_than(other) for other in ORDER] == [False, False, False, True, True, True]
    bounded = prove_generation([radio(standard="802.11ac")], None)
    assert [bounded.is_older_than(other) for other in ORDER] == [False, False, False, None, None, None]
    assert prove_generation([], None).is_older_than("6") is None
