"""PS3.8 table 9-10 written down a second time, row by row.

`-` is an empty cell. The states that follow are those of tables 9-6 to 9-9.
"""

TABLE_9_10 = """
      Sta1 Sta2 Sta3 Sta4 Sta5 Sta6 Sta7 Sta8 Sta9 Sta10 Sta11 Sta12 Sta13
Evt1  AE-1 -    -    -    -    -    -    -    -    -     -     -     -
Evt2  -    -    -    AE-2 -    -    -    -    -    -     -     -     -
Evt3  -    AA-1 AA-8 -    AE-3 AA-8 AA-8 AA-8 AA-8 AA-8  AA-8  AA-8  AA-6
Evt4  -    AA-1 AA-8 -    AE-4 AA-8 AA-8 AA-8 AA-8 AA-8  AA-8  AA-8  AA-6
Evt5  AE-5 -    -    -    -    -    -    -    -    -     -     -     -
Evt6  -    AE-6 AA-8 -    AA-8 AA-8 AA-8 AA-8 AA-8 AA-8  AA-8  AA-8  AA-7
Evt7  -    -    AE-7 -    -    -    -    -    -    -     -     -     -
Evt8  -    -    AE-8 -    -    -    -    -    -    -     -     -     -
Evt9  -    -    -    -    -    DT-1 -    AR-7 -    -     -     -     -
Evt10 -    AA-1 AA-8 -    AA-8 DT-2 AR-6 AA-8 AA-8 AA-8  AA-8  AA-8  AA-6
Evt11 -    -    -    -    -    AR-1 -    -    -    -     -     -     -
Evt12 -    AA-1 AA-8 -    AA-8 AR-2 AR-8 AA-8 AA-8 AA-8  AA-8  AA-8  AA-6
Evt13 -    AA-1 AA-8 -    AA-8 AA-8 AR-3 AA-8 AA-8 AR-10 AR-3  AA-8  AA-6
Evt14 -    -    -    -    -    -    -    AR-4 AR-9 -     -     AR-4  -
Evt15 -    -    AA-1 AA-2 AA-1 AA-1 AA-1 AA-1 AA-1 AA-1  AA-1  AA-1  -
Evt16 -    AA-2 AA-3 -    AA-3 AA-3 AA-3 AA-3 AA-3 AA-3  AA-3  AA-3  AA-2
Evt17 -    AA-5 AA-4 AA-4 AA-4 AA-4 AA-4 AA-4 AA-4 AA-4  AA-4  AA-4  AR-5
Evt18 -    AA-2 -    -    -    -    -    -    -    -     -     -     AA-2
Evt19 -    AA-1 AA-8 -    AA-8 AA-8 AA-8 AA-8 AA-8 AA-8  AA-8  AA-8  AA-7
"""
NEXT_STATES = {
    "AE-1": 4,
    "AE-2": 5,
    "AE-3": 6,
    "AE-4": 1,
    "AE-5": 2,
    "AE-6": 3,  # or 13, where the provider cannot accept the request
    "AE-7": 6,
    "AE-8": 13,  # table 9-6
    "DT-1": 6,
    "DT-2": 6,  # table 9-7
    "AR-1": 7,
    "AR-2": 8,
    "AR-3": 1,
    "AR-4": 13,
    "AR-5": 1,
    "AR-6": 7,
    "AR-7": 8,
    "AR-9": 11,
    "AR-10": 12,  # 9-8
    "AA-1": 13,
    "AA-2": 1,
    "AA-3": 1,
    "AA-4": 1,
    "AA-5": 1,
    "AA-6": 13,
    "AA-7": 13,
    "AA-8": 13,  # table 9-9
}
AR_8 = {"requestor": 9, "acceptor": 10}  # table 9-8
# The states that each role can be in (tables 9-1 to 9-5).
REQUESTOR_STATES = (1, 4, 5, 6, 7, 8, 9, 11, 13)
ACCEPTOR_STATES = (1, 2, 3, 6, 7, 8, 10, 12, 13)


def transcription(role: str = "requestor") -> dict[tuple[int, int], tuple[str, int]]:
    """Return {(event, state): (action, next state)}, events and states by their numbers."""
    following = NEXT_STATES | {"AR-8": AR_8[role]}
    cells = {}
    for line in TABLE_9_10.strip().splitlines()[1:]:
        event, *actions = line.split()
        for state, action in zip(range(1, 14), actions, strict=True):
            if action != "-":
                cells[int(event.removeprefix("Evt")), state] = (action, following[action])
    return cells
