import os
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from peak_app.config import Settings
from peak_app.db.engine import DatabaseNotConfigured
from peak_app.heartbeat import beating_names
from pipelines.instance import INSTANCE, dagster_url, instance_of, socket_path

MakeSettings = Callable[..., Settings]


def test_the_owners_address_is_of_no_use_to_dagster(settings_for_tests: MakeSettings):
    settings = settings_for_tests(database_url="postgresql://peak_owner:p%40ss@/peak?host=/run/pg")

    with pytest.raises(DatabaseNotConfigured):
        dagster_url(settings)


def test_dagster_may_have_a_database_of_its_own(settings_for_tests: MakeSettings):
    url = "postgresql://dagster@db.example.org/ops"

    assert dagster_url(settings_for_tests(dagster_database_url=url)) == url


def test_no_password_is_written_down():
    assert "postgresql" not in yaml.safe_dump(INSTANCE)


def test_the_code_server_listens_in_the_products_folder(settings_for_tests: MakeSettings):
    settings = settings_for_tests()

    assert socket_path(settings) == settings.home / "run" / "code.sock"


def test_a_socket_that_would_be_too_long_goes_to_a_short_folder(settings_for_tests: MakeSettings, tmp_path: Path):
    one = socket_path(settings_for_tests(home=tmp_path / ("x" * 60) / ("y" * 60)))
    other = socket_path(settings_for_tests(home=tmp_path / ("x" * 60) / ("z" * 60)))

    assert len(os.fsencode(one)) < 100
    assert one != other


@pytest.mark.parametrize("key", ["telemetry", "nux"])
def test_dagster_calls_nobody(key: str):
    assert INSTANCE[key] == {"enabled": False}


def test_dagsters_own_launcher_is_one_setting_away_and_needs_no_worker_of_ours(settings_for_tests: MakeSettings):
    warm, stock = settings_for_tests(), settings_for_tests(dagster_launcher="stock")

    assert set(instance_of(warm)) - set(instance_of(stock)) == {"run_launcher"}
    assert "pipelines." not in yaml.safe_dump(instance_of(stock))
    assert set(beating_names(warm)) - set(beating_names(stock)) == {"worker"}
