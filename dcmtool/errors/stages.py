"""The stage that failed, for one of the causes."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dcmtool.advice import Words
from dcmtool.errors.roots import DcmtoolError


class VerificationFailed(DcmtoolError):
    """A stage of the verification failed; the cause says why."""

    def __init__(self, stage: str, cause: BaseException) -> None:
        super().__init__(stage, cause)
        self.stage, self.cause = stage, cause

    def in_words(self, words: "Words") -> str:
        """Return the cause, with settings called as these words have them."""
        return self.cause.in_words(words) if isinstance(self.cause, DcmtoolError) else str(self)

    def __str__(self) -> str:
        return str(self.cause)


class NoConnection(VerificationFailed):
    """There is no TCP connection to the peer."""


class TlsFailed(VerificationFailed):
    """There is no TLS session with the peer, or none that is as it was asked for."""


class AssociationFailed(VerificationFailed):
    """A-ASSOCIATE-RQ had no answer, or none that can be used."""


class AssociationRejected(AssociationFailed):
    """A-ASSOCIATE-RQ was answered with A-ASSOCIATE-RJ."""


class NoPresentationContext(VerificationFailed):
    """The association has no presentation context for Verification."""


class EchoFailed(VerificationFailed):
    """A C-ECHO-RQ had no answer, or one other than Success."""


class ReleaseFailed(VerificationFailed):
    """The association could not be released in order."""


class AssociationAborted(VerificationFailed):
    """The peer aborted the association, at whatever stage."""


class Interrupted(VerificationFailed):
    """The user stopped the run."""

    def in_words(self, words: "Words") -> str:  # noqa: ARG002 - it names no setting
        """Return the stage at which it was stopped."""
        return str(self)

    def __str__(self) -> str:
        return f"interrupted (stage: {self.stage})"
