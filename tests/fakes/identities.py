"""A sign-in provider in memory."""

from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from peak_app.domain.accounts.tokens import new_secret
from peak_app.ports.identities import ProofRefused, ProvenIdentity, ProviderAway, Question
from peak_app.ports.outflows import Contact, Tell


@dataclass
class FakeProvider:
    """`people` are who can come back, by name; `approve` is what someone does on its page."""

    name: str = "oidc"
    label: str = "Acme"
    issuer: str = "https://id.example.org"
    people: dict[str, ProvenIdentity] = field(default_factory=dict)
    is_away: bool = False
    proofs: int = 0
    """How often it was asked who came back."""
    _codes: dict[str, tuple[str, Question, str]] = field(default_factory=dict)

    def add(self, name: str, email: str, *, is_vouched: bool = True, subject: str = "") -> ProvenIdentity:
        self.people[name] = ProvenIdentity(self.issuer, subject or f"sub-{name}", email, is_vouched, name.title())
        return self.people[name]

    def change(self, name: str, email: str) -> None:
        """The person has another address there now."""
        self.people[name] = replace(self.people[name], email=email)

    def approve(self, question: Question, person: str, redirect_uri: str) -> str:
        """A code for this question."""
        code = new_secret()
        self._codes[code] = (person, question, redirect_uri)
        return code

    def ask(self, redirect_uri: str) -> Question:
        self._require_presence()
        state = new_secret()
        url = f"{self.issuer}/authorize?{urlencode({'state': state, 'redirect_uri': redirect_uri})}"
        return Question(url, state, verifier=new_secret(), nonce=new_secret())

    def prove(self, code: str, issuer: str, *, asked: Question, redirect_uri: str, tell: Tell) -> ProvenIdentity:
        self._require_presence()
        self.proofs += 1
        tell(Contact("id.example.org", "sign_in"))
        person, question, uri = self._codes.pop(code, ("", asked, redirect_uri))
        is_good = (question.verifier, question.nonce, uri) == (asked.verifier, asked.nonce, redirect_uri)
        if person not in self.people or not is_good or issuer not in ("", self.issuer):
            raise ProofRefused
        return self.people[person]

    def _require_presence(self) -> None:
        if self.is_away:
            raise ProviderAway
