from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from collector.web.drawing.geometry import Box, cross, meets
from collector.web.drawing.label_placement import place_labels

marks = st.lists(st.tuples(st.floats(0, 400), st.floats(0, 200), st.floats(2, 15)), max_size=12)


@given(marks, st.tuples(st.floats(5, 120), st.floats(5, 50)))
def test_labels_lie_within_the_drawing_and_cover_neither_each_other_nor_a_mark(
    marks: list[tuple[float, float, float]], size: tuple[float, float]
) -> None:
    boxes = place_labels(
        marks=tuple(marks), sizes=(size,) * len(marks), line=((0, 100), (200, 120), (400, 90)), width=400, height=200
    )
    assert len(boxes) == len(marks)
    placed = [box for box in boxes if box is not None]
    assert all(box.is_within(Box(0, 0, 400, 200)) for box in placed)
    assert not any(box.touches(mark) for box in placed for mark in marks)
    assert not any(one.overlaps(other) for one, other in combinations(placed, 2))


def test_a_lonely_mark_has_its_label_below_it() -> None:
    assert place_labels(marks=((100, 100, 10),), sizes=((40, 20),), line=(), width=200, height=200) == (
        Box(80, 113, 120, 133),
    )


def test_a_label_stays_on_its_own_side_of_the_line() -> None:
    below = ((0.0, 110.0), (200.0, 110.0))
    [box] = place_labels(marks=((100, 90, 10),), sizes=((40, 20),), line=below, width=200, height=200)
    assert box is not None
    assert box.bottom < 110


def test_a_label_without_room_is_left_out() -> None:
    assert place_labels(marks=((50, 50, 10),), sizes=((300, 20),), line=(), width=200, height=100) == (None,)


def test_geometry() -> None:
    box = Box(0, 0, 10, 10)
    assert box.is_crossed_by(((-5, 5), (15, 5)))
    assert not box.is_crossed_by(((-5, 11), (15, 11)))
    assert not box.is_crossed_by(((-5, 5), (-1, 5)))
    assert cross(((0, 0), (10, 10)), ((0, 10), (10, 0)))
    assert not cross(((0, 0), (10, 10)), ((0, 1), (10, 11)))
    assert meets(((0, 0), (10, 0)), (5, 3, 4))
    assert not meets(((0, 0), (10, 0)), (15, 0, 4))
