"""All tables in one place, so that metadata is complete whoever asks for it."""

from sqlmodel import SQLModel

from peak_app.db import models as _plumbing  # noqa: F401  importing registers the tables
from peak_app.domain.accounts import models as _accounts  # noqa: F401
from peak_app.domain.agents import models as _agents  # noqa: F401
from peak_app.domain.billing import models as _billing  # noqa: F401
from peak_app.domain.calendars import models as _calendars  # noqa: F401
from peak_app.domain.departures import models as _departures  # noqa: F401
from peak_app.domain.identities import models as _identities  # noqa: F401
from peak_app.domain.insights import models as _insights  # noqa: F401
from peak_app.domain.meetings import models as _meetings  # noqa: F401
from peak_app.domain.model_usage import models as _model_usage  # noqa: F401
from peak_app.domain.notifications import models as _notifications  # noqa: F401
from peak_app.domain.outflows import models as _outflows  # noqa: F401
from peak_app.domain.passkeys import models as _passkeys  # noqa: F401
from peak_app.domain.progress import models as _progress  # noqa: F401
from peak_app.domain.recordings import models as _recordings  # noqa: F401
from peak_app.domain.rooms import models as _rooms  # noqa: F401
from peak_app.domain.scorecards import models as _scorecards  # noqa: F401

metadata = SQLModel.metadata
