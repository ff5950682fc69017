"""The product's services with a scripted text model, for tests of the pipeline."""

from dataclasses import dataclass, field
from functools import cached_property

from peak_app.adapters.folder.storage import FolderStore
from peak_app.domain.recordings.service import RecordingService
from peak_app.ports.clock import system_clock
from peak_app.ports.language import Language
from peak_app.wiring import Services
from tests.fakes.language import FakeLanguage


@dataclass(frozen=True)
class ScriptedServices(Services):
    language: Language = field(default_factory=FakeLanguage)

    @cached_property
    def recordings(self) -> RecordingService:
        home = self.settings.home / "media"
        return RecordingService(
            self.sessions, FolderStore(home), system_clock, media_home=home, retention_days=90, settle_s=0.05
        )
