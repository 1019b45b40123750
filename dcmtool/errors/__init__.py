"""Everything that can go wrong, as exceptions whose fields say what and whose text is one sentence.

DcmtoolError
├── SettingsError                 a setting that no association can be made with
├── InputFileError                a file that cannot be read or is not valid
├── OutputFileError               a file that cannot be written
├── UnknownNode                   a name that no node of the node file has
├── ListenFailed                  an address that cannot be listened on
├── TlsSettingsError              TLS settings that no session can be made with
├── Cause                         what happened, wherever it happened
│   ├── TransportError
│   │   ├── ConnectionLost        the peer closed or reset the connection
│   │   ├── DeadlineExpired       a budget of time is used up
│   │   ├── TlsFailure            TLS was refused, by the peer or by us
│   │   ├── Stopped               the program that serves it ends
│   │   └── ConnectFailed         no TCP connection
│   │       └── NameNotResolved
│   ├── RemoteProtocolError       what the peer sent breaks a clause of the standard
│   │   ├── NotDicom              bytes that begin no PDU
│   │   ├── TlsWanted             a TLS alert in place of a PDU
│   │   └── UnexpectedPdu         a sound PDU that does not belong there
│   ├── PeerAbort                 the peer sent A-ABORT
│   ├── Rejection                 the peer sent A-ASSOCIATE-RJ
│   ├── NothingAccepted           no presentation context was accepted
│   ├── MaximumLengthTooSmall     the peer takes no PDU that could hold a message
│   ├── NoRoom                    what is held of all peers' PDUs is as much as may be
│   └── UnexpectedResponse        a message that does not answer the request
│       └── StatusNotSuccess
└── VerificationFailed            a stage failed, for one of these causes
    ├── NoConnection
    ├── TlsFailed
    ├── AssociationFailed
    │   └── AssociationRejected
    ├── NoPresentationContext
    ├── EchoFailed
    ├── ReleaseFailed
    ├── AssociationAborted
    └── Interrupted
"""

from dcmtool.errors.causes import (
    Cause,
    ConnectFailed,
    ConnectionLost,
    DeadlineExpired,
    MaximumLengthTooSmall,
    NameNotResolved,
    NoRoom,
    NotDicom,
    NothingAccepted,
    PeerAbort,
    Rejection,
    RemoteProtocolError,
    StatusNotSuccess,
    Stopped,
    TlsFailure,
    TlsWanted,
    TransportError,
    UnexpectedPdu,
    UnexpectedResponse,
)
from dcmtool.errors.roots import (
    Advised,
    DcmtoolError,
    InputFileError,
    ListenFailed,
    OutputFileError,
    SettingsError,
    TlsSettingsError,
    UnknownNode,
    reason_of,
)
from dcmtool.errors.stages import (
    AssociationAborted,
    AssociationFailed,
    AssociationRejected,
    EchoFailed,
    Interrupted,
    NoConnection,
    NoPresentationContext,
    ReleaseFailed,
    TlsFailed,
    VerificationFailed,
)

__all__ = [
    "Advised",
    "AssociationAborted",
    "AssociationFailed",
    "AssociationRejected",
    "Cause",
    "ConnectFailed",
    "ConnectionLost",
    "DcmtoolError",
    "DeadlineExpired",
    "EchoFailed",
    "InputFileError",
    "Interrupted",
    "ListenFailed",
    "MaximumLengthTooSmall",
    "NameNotResolved",
    "NoConnection",
    "NoPresentationContext",
    "NoRoom",
    "NotDicom",
    "NothingAccepted",
    "OutputFileError",
    "PeerAbort",
    "Rejection",
    "ReleaseFailed",
    "RemoteProtocolError",
    "SettingsError",
    "StatusNotSuccess",
    "Stopped",
    "TlsFailed",
    "TlsFailure",
    "TlsSettingsError",
    "TlsWanted",
    "TransportError",
    "UnexpectedPdu",
    "UnexpectedResponse",
    "UnknownNode",
    "VerificationFailed",
    "reason_of",
]
