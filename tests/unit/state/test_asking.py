"""How often someone may ask."""

from uuid import uuid4

import pytest

from peak_app.errors import TooManyRequests
from peak_app.state.asking import QUESTIONS_PER_MINUTE, count_question


def test_one_person_can_not_keep_the_model_from_the_others() -> None:
    eager, other = uuid4(), uuid4()
    for _ in range(QUESTIONS_PER_MINUTE):
        count_question(eager)
    with pytest.raises(TooManyRequests, match="minute"):
        count_question(eager)
    count_question(other)
