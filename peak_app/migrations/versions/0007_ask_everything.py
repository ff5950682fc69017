"""Ask about all meetings: an index that holds a person's lines side by side, and chats about more than one meeting"""

import pgvector.sqlalchemy
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_READ = ("search_chunk", "chat_message", "transcript")


def _show_rows(*tables: str, to_owner: bool) -> None:
    # Forced row-level security hides all rows from the owner too, who carries them over here.
    for table in tables:
        op.execute(f"ALTER TABLE {table} {'NO ' if to_owner else ''}FORCE ROW LEVEL SECURITY")


def upgrade() -> None:
    _show_rows(*_READ, to_owner=True)
    _index_upgrade()
    _chat_upgrade()
    _show_rows(*_READ, to_owner=False)


def _index_upgrade() -> None:
    op.drop_index("ix_search_chunk_words", table_name="search_chunk", postgresql_using="gin")
    op.drop_index(op.f("ix_search_chunk_owner_id"), table_name="search_chunk")
    op.drop_index(op.f("ix_search_chunk_meeting_id"), table_name="search_chunk")
    op.drop_constraint("search_chunk_meeting_id_line_id_key", "search_chunk", type_="unique")
    op.execute("ALTER TABLE search_chunk ALTER embedding TYPE halfvec(384) USING embedding::halfvec(384)")
    op.add_column("search_chunk", sa.Column("place", sa.Integer(), nullable=True))
    op.execute(
        """UPDATE search_chunk c SET place = n.place FROM (
        SELECT id, row_number() OVER (PARTITION BY meeting_id ORDER BY length(line_id), line_id) - 1 AS place FROM search_chunk
        ) n WHERE n.id = c.id"""
    )
    op.alter_column("search_chunk", "place", nullable=False)
    op.add_column("search_chunk", sa.Column("stretch", sa.Integer(), nullable=True))
    op.execute("UPDATE search_chunk SET stretch = place / 100")
    op.alter_column("search_chunk", "stretch", nullable=False)
    op.add_column(
        "search_chunk",
        sa.Column(
            "code",
            pgvector.sqlalchemy.BIT(384),
            sa.Computed("(binary_quantize(embedding))::bit(384)", persisted=True),
            nullable=True,
        ),
    )
    op.create_unique_constraint("search_chunk_meeting_id_place_key", "search_chunk", ["meeting_id", "place"])
    op.create_index("ix_search_chunk_stretch", "search_chunk", ["meeting_id", "stretch"])
    op.create_index(
        "ix_search_chunk_code", "search_chunk", ["owner_id"], postgresql_include=["meeting_id", "id", "code"]
    )
    op.create_table(
        "search_stretch",
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("stretch", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("meeting_id", "stretch"),
    )
    op.create_index(op.f("ix_search_stretch_owner_id"), "search_stretch", ["owner_id"], unique=False)
    op.execute(
        """INSERT INTO search_stretch (meeting_id, stretch, owner_id, words)
        SELECT meeting_id, stretch, owner_id, strip(to_tsvector('english', string_agg(text, ' ')))
        FROM search_chunk GROUP BY meeting_id, stretch, owner_id"""
    )


def _chat_upgrade() -> None:
    op.alter_column("chat_message", "meeting_id", nullable=True)
    op.add_column("chat_message", sa.Column("question_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        "chat_message_question_id_fkey", "chat_message", "chat_message", ["question_id"], ["id"], ondelete="CASCADE"
    )
    op.create_index(op.f("ix_chat_message_question_id"), "chat_message", ["question_id"], unique=False)
    op.add_column(
        "chat_message",
        sa.Column("claims", postgresql.JSONB(astext_type=sa.Text()), nullable=False, server_default="[]"),
    )
    op.alter_column("chat_message", "claims", server_default=None)
    # What was cited as a line's number is told with who said it and when.
    op.execute(
        """UPDATE chat_message c SET claims = jsonb_build_array(jsonb_build_object('text', c.text, 'citations', told.citations))
        FROM (
          SELECT m.id, jsonb_agg(jsonb_build_object(
            'meeting_id', m.meeting_id, 'title', '', 'held_at', NULL, 'line_id', cited->>'line_id', 'quote', cited->>'quote',
            'speaker', line->>'speaker', 'start_ms', (line->>'start_ms')::int)) AS citations
          FROM chat_message m
          CROSS JOIN jsonb_array_elements(m.citations) cited
          JOIN transcript t ON t.meeting_id = m.meeting_id
          CROSS JOIN jsonb_array_elements(t.lines) line
          WHERE line->>'id' = cited->>'line_id'
          GROUP BY m.id
        ) told WHERE told.id = c.id"""
    )
    op.drop_column("chat_message", "citations")


def downgrade() -> None:
    _show_rows("search_chunk", "chat_message", to_owner=True)
    op.add_column(
        "chat_message",
        sa.Column("citations", postgresql.JSONB(astext_type=sa.Text()), nullable=False, server_default="[]"),
    )
    op.alter_column("chat_message", "citations", server_default=None)
    op.execute("DELETE FROM chat_message WHERE meeting_id IS NULL")
    op.execute(
        """UPDATE chat_message c SET citations = told.citations FROM (
        SELECT id, jsonb_path_query_array(claims, '$[*].citations[*]') AS citations FROM chat_message
        ) told WHERE told.id = c.id"""
    )
    op.drop_column("chat_message", "claims")
    op.drop_index(op.f("ix_chat_message_question_id"), table_name="chat_message")
    op.drop_column("chat_message", "question_id")
    op.alter_column("chat_message", "meeting_id", nullable=False)
    op.drop_table("search_stretch")
    op.drop_index("ix_search_chunk_code", table_name="search_chunk")
    op.drop_index("ix_search_chunk_stretch", table_name="search_chunk")
    op.drop_constraint("search_chunk_meeting_id_place_key", "search_chunk", type_="unique")
    # A line in pieces has no place in the old index; its meeting is indexed anew by the next run.
    op.execute(
        "DELETE FROM search_chunk a USING search_chunk b WHERE a.meeting_id = b.meeting_id AND a.line_id = b.line_id AND a.place > b.place"
    )
    for column in ("code", "stretch", "place"):
        op.drop_column("search_chunk", column)
    op.execute("ALTER TABLE search_chunk ALTER embedding TYPE vector(384) USING embedding::vector(384)")
    op.create_unique_constraint("search_chunk_meeting_id_line_id_key", "search_chunk", ["meeting_id", "line_id"])
    op.create_index(op.f("ix_search_chunk_meeting_id"), "search_chunk", ["meeting_id"], unique=False)
    op.create_index(op.f("ix_search_chunk_owner_id"), "search_chunk", ["owner_id"], unique=False)
    op.create_index("ix_search_chunk_words", "search_chunk", ["words"], unique=False, postgresql_using="gin")
    _show_rows("search_chunk", "chat_message", to_owner=False)
