"""One partition for each meeting; its key is the meeting's id."""

import dagster as dg

meetings = dg.DynamicPartitionsDefinition(name="meetings")
