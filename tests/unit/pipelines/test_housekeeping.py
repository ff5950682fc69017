from uuid import UUID

import dagster as dg

from peak_app.db.ids import new_id
from pipelines.defs.housekeeping.assets import retire_partitions


def test_old_meetings_leave_the_list_and_new_ones_stay():
    now_ms = new_id().int >> 80
    old = UUID(int=((now_ms - 1_000) << 80) | 7 << 76 | 0b10 << 62)
    new = new_id()
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("meetings", [str(old), str(new), "no id at all"])

        assert retire_partitions(instance, now_ms - 500) == 2
        assert instance.get_dynamic_partitions("meetings") == [str(new)]
        assert retire_partitions(instance, now_ms - 500) == 0
