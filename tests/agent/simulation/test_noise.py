import math
import statistics

from hypothesis import given
from hypothesis import strategies as st

from agent.simulation.noise import LANES, Noise, fingerprint

DRAWS = [number for bucket in range(500) for number in Noise("test").normals(bucket)]


def test_names_alone_decide() -> None:
    assert Noise(1, "a").normals(7) == Noise(1, "a").normals(7)
    streams = [Noise(*names).normals(bucket) for names in ((1, "a"), (1, "b"), (2, "a"), ("1a",)) for bucket in (0, 1)]
    assert len({tuple(stream) for stream in streams}) == 8


def test_fingerprints_are_those_of_every_machine() -> None:
    assert fingerprint("yeouido", 17, size=5).hex() == "da0c44764a"


def test_normal_numbers_are_normal() -> None:
    assert abs(statistics.mean(DRAWS)) < 0.03
    assert abs(statistics.stdev(DRAWS) - 1) < 0.03
    assert abs(sum(abs(number) < 1 for number in DRAWS) / len(DRAWS) - math.erf(math.sqrt(0.5))) < 0.02


def test_uniform_numbers_fill_their_range() -> None:
    numbers = [number for bucket in range(500) for number in Noise("test").uniforms(bucket)]
    assert min(numbers) >= 0
    assert max(numbers) < 1
    tenths = [sum(tenth <= number * 10 < tenth + 1 for number in numbers) / len(numbers) for tenth in range(10)]
    assert all(abs(share - 0.1) < 0.015 for share in tenths)


@given(st.floats(-1e10, 1e10), st.sampled_from((60.0, 3600.0)))
def test_smooth_numbers_are_continuous(seconds: float, scale_seconds: float) -> None:
    noise = Noise("test")
    here, there = (noise.smooth(seconds + step, scale_seconds) for step in (0.0, scale_seconds / 1000))
    assert len(here) == LANES
    assert max(abs(one - other) for one, other in zip(here, there, strict=True)) < 0.02


def test_smooth_numbers_keep_their_variance_and_forget_themselves() -> None:
    noise = Noise("test")
    at_edges, between, later = (
        [noise.smooth((bucket * 3 + shift) * 60.0, 60.0)[0] for bucket in range(2000)] for shift in (0.0, 0.5, 2.0)
    )
    assert abs(statistics.stdev(at_edges) - 1) < 0.05
    assert abs(statistics.stdev(between) - 1) < 0.05
    assert statistics.correlation(at_edges, between) > 0.6
    assert abs(statistics.correlation(at_edges, later)) < 0.08
