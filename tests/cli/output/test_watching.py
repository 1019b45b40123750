"""What is written above the view of a watch without end."""

from dcmtool.cli.output.watching import Unrepeated
from dcmtool.dimse.messages import CEchoRsp
from dcmtool.events import EchoAnswered, Warned
from dcmtool.trace.levels import Level, Line
from tests.trace.told import event

REFUSED, LATE = Line(Level.FATAL, "refused"), Line(Level.FATAL, "late")


def test_what_goes_on_failing_is_said_once_until_an_echo_succeeds() -> None:
    written: list[Line] = []
    write = Unrepeated(written.append)
    for line in (REFUSED, REFUSED, LATE, REFUSED):
        write(line)
    write.listen(event(Warned("something else")))
    write.listen(event(EchoAnswered(CEchoRsp(1, 0x0110), 1), "peer"))
    write(REFUSED)
    assert written == [REFUSED, LATE]
    write.listen(event(EchoAnswered(CEchoRsp(1, 0), 1), "peer"))
    write(REFUSED)
    assert written == [REFUSED, LATE, REFUSED]


def test_of_ever_new_lines_few_are_kept() -> None:
    written: list[Line] = []
    write = Unrepeated(written.append)
    for number in range(100):
        write(Line(Level.ERROR, str(number)))
    write(Line(Level.ERROR, "0"))
    assert len(written) == 101
