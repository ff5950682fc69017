from uuid import UUID

from peak_app.domain.accounts.identity import SignedIn
from peak_app.domain.accounts.session_cache import CACHE_S, SessionCache

SESSION, USER = UUID(int=1), UUID(int=2)
ANN = SignedIn(SESSION, USER, "ann@example.org", "Ann", "UTC", is_operator=False)


class Source:
    def __init__(self) -> None:
        self.asked = 0
        self.answer: SignedIn | None = ANN

    def __call__(self) -> SignedIn | None:
        self.asked += 1
        return self.answer


class Seconds:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_an_answer_is_reused_for_some_seconds_only() -> None:
    seconds, source = Seconds(), Source()
    cache = SessionCache(now_s=seconds)
    assert cache.look_up(SESSION, source) == cache.look_up(SESSION, source) == ANN
    assert source.asked == 1
    seconds.now += CACHE_S
    source.answer = None
    assert cache.look_up(SESSION, source) is None


def test_an_ended_session_is_remembered_as_ended() -> None:
    source = Source()
    source.answer = None
    cache = SessionCache()
    assert cache.look_up(SESSION, source) is cache.look_up(SESSION, source) is None
    assert source.asked == 1


def test_nothing_is_known_after_forgetting() -> None:
    source = Source()
    cache = SessionCache()
    cache.look_up(SESSION, source)
    cache.forget_all()
    cache.look_up(SESSION, source)
    assert source.asked == 2


def test_an_answer_fetched_before_a_sign_out_is_not_kept_after_it() -> None:
    cache = SessionCache()

    def fetch_while_someone_signs_out() -> SignedIn | None:
        cache.forget_all()
        return ANN

    cache.look_up(SESSION, fetch_while_someone_signs_out)
    source = Source()
    source.answer = None
    assert cache.look_up(SESSION, source) is None


def test_memory_is_bounded() -> None:
    source = Source()
    cache = SessionCache(capacity=2)
    for number in range(3):
        cache.look_up(UUID(int=number), source)
    cache.look_up(UUID(int=0), source)
    assert source.asked == 4
