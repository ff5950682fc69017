"""An operator scores many meetings again by a new rubric, from Dagster's own page."""

import json
from uuid import UUID

import pytest

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.agents.service import AgentService
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.domain.scorecards.rubric import RubricChoice, checked_rubric
from peak_app.domain.scorecards.templates import default_levels
from peak_app.embedded.postgres import DATABASE
from peak_app.ports.clock import system_clock
from tests.held_calls import HeldCalls
from tests.integration.pipeline_stage import PipelineStage, wait_until
from tests.ports import free_port

BACKFILL = """
mutation Backfill($meetings: [String!]!) {
  launchPartitionBackfill(backfillParams: {
    selector: {
      partitionSetName: "score_again_partition_set",
      repositorySelector: { repositoryLocationName: "pipelines", repositoryName: "__repository__" }
    },
    partitionNames: $meetings
  }) { __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } }
}
"""

pytestmark = pytest.mark.timeout(400)


def rubrics(stage: PipelineStage, meeting_id: UUID) -> list[str]:
    """Names of the rubrics the meeting was scored by, the first one first."""
    with stage.database.server.superuser(DATABASE) as connection:
        rows = connection.execute(
            "select rubric ->> 'name' from scorecard where meeting_id = %s order by created_at", (meeting_id,)
        ).fetchall()
    return [name for (name,) in rows]


def test_many_meetings_are_scored_again_and_the_old_scores_stay(
    stage: PipelineStage, held: HeldCalls, sessions: TenantSessions
):
    port = free_port()
    stage.start("operator_ui", "--port", str(port))
    meetings = [held.hold() for _ in range(4)]
    for meeting_id in meetings:
        wait_until(lambda: len(rubrics(stage, meeting_id)) == 1, 120, "the first scores")  # noqa: B023
    agents = AgentService(sessions, system_clock)
    agent = agents.get_agent(held.user_id, held.agent_id)
    own = checked_rubric("Ours", [{"name": "Depth", "looks_for": "It."}], levels=default_levels())
    agents.update_agent(
        held.user_id, agent.agent_id, name=agent.name, instructions=agent.instructions, rubric=RubricChoice(own=own)
    )

    def is_up() -> bool:
        try:
            return stage.ops(port, "/healthz")[0] == 200
        except OSError:
            return False

    wait_until(is_up, 60, "the operators' page")
    chosen = meetings[:3]
    variables = {"meetings": [str(meeting_id) for meeting_id in chosen]}
    _, body = stage.ops(port, "/ops/graphql", body={"query": BACKFILL, "variables": variables})
    launched = json.loads(body)["data"]["launchPartitionBackfill"]
    assert launched["__typename"] == "LaunchBackfillSuccess", launched

    # A call that ends meanwhile is not held up.
    live = held.hold()
    wait_until(lambda: held.status(live) == MeetingStatus.COMPLETED, 60, "the results of a call")

    for meeting_id in chosen:
        wait_until(lambda: rubrics(stage, meeting_id)[1:] == ["Ours"], 180, "the new scores")  # noqa: B023
    assert len(rubrics(stage, meetings[3])) == 1
    assert all(held.status(meeting_id) == MeetingStatus.COMPLETED for meeting_id in meetings)
    runs = stage.dagster(
        "select count(distinct r.run_id) from runs r join run_tags t on t.run_id = r.run_id"
        f" where t.key = 'dagster/backfill' and t.value = '{launched['backfillId']}'"
    )
    assert runs == [(3,)]
