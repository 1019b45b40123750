"""The report that the API hands out: it knows what was asked for, and puts itself into words."""

from typing import TYPE_CHECKING, Any

from dcmtool.fields import changed
from dcmtool.settings import EchoRequest
from dcmtool.verification.report import EchoReport

if TYPE_CHECKING:
    from typing import Self


class Report(EchoReport):
    """An `EchoReport` with what was asked for, and when that began (seconds since 1970, UTC).

    The request has stars for what proves who the user is, and no password, so that a report may be kept. It
    is true if the verification was a success. Its words call settings what the API calls them, and are the
    `message`, `advice` and `finding` of its document.
    """

    request: EchoRequest  # type: ignore[misc] # given by its name, so that it may follow what has a default
    started: float  # type: ignore[misc]

    @classmethod
    def of(cls, found: EchoReport, request: EchoRequest, started: float) -> "Self":
        """Return the report of what a verification found."""
        report = cls.__new__(cls)  # whose fields are right already
        vars(report).update(vars(found), request=_without_secrets(request), started=started)
        return report

    @property
    def message(self) -> str | None:
        """What went wrong, in one sentence; None after a success."""
        return self._in_words()[0]

    @property
    def advice(self) -> str | None:
        """What to change; None after a success, and where that is not known."""
        return self._in_words()[1]

    @property
    def finding(self) -> str | None:
        """What the failure comes to: the id of a finding of `dcmtool diagnose`; None as for the advice."""
        return self._in_words()[2]

    def _in_words(self) -> tuple[str | None, str | None, str | None]:
        if self.error is None:
            return None, None, None
        from dcmtool.reporting.json_report import in_words

        return in_words(self.error, self.request)

    def to_dict(self) -> dict[str, Any]:
        """Return the document that `dcmtool echo` writes as JSON, by its schema `dcmtool.echo/1`."""
        from datetime import UTC, datetime

        from dcmtool.reporting.json_report import document

        started = datetime.fromtimestamp(self.started, UTC)
        return document(self, self.request, self.exit_code, started)


def _without_secrets(request: EchoRequest) -> EchoRequest:
    negotiation, tls = request.negotiation, request.tls
    if negotiation.identity is not None:
        negotiation = changed(negotiation, identity=negotiation.identity.without_proof())
    if tls is not None and tls.password is not None:
        tls = changed(tls, password=None)
    if negotiation is request.negotiation and tls is request.tls:
        return request
    return changed(request, negotiation=negotiation, tls=tls)
