"""Why a request is not answered with a probe: the status of HTTP, and one sentence."""

from dcmtool.errors import DcmtoolError

BAD_REQUEST, FORBIDDEN, TOO_LARGE, FAILED, BUSY = 400, 403, 431, 500, 503


class RequestRefused(DcmtoolError):
    """A request that is answered with a status other than 200, and why in a sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(status, sentence)
        self.status, self.sentence = status, sentence

    def __str__(self) -> str:
        return self.sentence
