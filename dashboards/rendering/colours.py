"""Which colour means what, and thresholds, which give a value its colour. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from grafana_foundation_sdk.builders.dashboard import FieldColor, ThresholdsConfig
from grafana_foundation_sdk.models.dashboard import FieldColorModeId, ThresholdsMode
from grafana_foundation_sdk.models.dashboard import Threshold as Step

from dashboards.panels import Threshold, Tone

COLOURS: Mapping[Tone, str] = {"good": "#228738", "neutral": "#256ef4", "warning": "#c78500", "bad": "#de3412"}
"""Step 50 of the ramps of KRDS, Korea's government design system: those of the built-in pages."""


def steps(lowest: Tone, thresholds: Iterable[Threshold]) -> ThresholdsConfig:
    """The colour of every value. Below the first threshold it is that of `lowest`."""
    rising = sorted(thresholds, key=lambda each: each.value)
    told = [
        Step(value=None, color=COLOURS[lowest]),
        *(Step(value=each.value, color=COLOURS[each.tone]) for each in rising),
    ]
    return ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(told)


def multiplied(thresholds: Iterable[Threshold], factor: float) -> tuple[Threshold, ...]:
    """The same thresholds of values that are multiplied."""
    return tuple(replace(each, value=each.value * factor) for each in thresholds)


def coloured_by_thresholds() -> FieldColor:
    """The value says the colour."""
    return FieldColor().mode(FieldColorModeId.THRESHOLDS)


def graded() -> FieldColor:
    """More is darker."""
    return FieldColor().mode(FieldColorModeId.CONTINUOUS_BLUES)


def coloured_by_series() -> FieldColor:
    """Colours only keep series apart, and mean nothing."""
    return FieldColor().mode(FieldColorModeId.PALETTE_CLASSIC)
