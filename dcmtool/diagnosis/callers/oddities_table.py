"""The findings about what callers do oddly, and are served all the same: other nodes may not serve them."""

from collections.abc import Mapping

from dcmtool.diagnosis.definition import Definition

_REQUEST, _CONTEXT, _TITLE, _RELEASE = "PS3.8 9.3.2", "PS3.8 9.3.2.2", "PS3.5 6.2", "PS3.8 7.2"

TABLE: Mapping[str, Definition] = {
    "other-title-called": Definition(
        "node",
        "certain",
        "{caller} calls the AE title '{called}', and ours is '{title}'{case}: a strict node rejects this",
        ("caller-called-title", "our-title"),
        "PS3.8 7.1.1.4",
    ),
    "nul-padded-title": Definition(
        "node",
        "certain",
        "{caller} has NULs in its {which} AE title, where blanks belong",
        ("caller-update",),
        _REQUEST,
    ),
    "odd-title": Definition(
        "node",
        "certain",
        "{caller} has characters in its {which} AE title that it may not have",
        ("caller-title-characters",),
        _TITLE,
    ),
    "no-implicit-little-endian": Definition(
        "node",
        "certain",
        "{caller} proposes Verification without Implicit VR Little Endian, which many nodes need",
        ("caller-implicit",),
        "PS3.5 10.1",
    ),
    "odd-context-id": Definition(
        "node",
        "certain",
        "{caller} numbers its presentation contexts otherwise than it may: {what}",
        ("caller-update",),
        _CONTEXT,
    ),
    "odd-uid": Definition(
        "node",
        "certain",
        "{caller} proposes '{what}', which is no UID",
        ("caller-update",),
        "PS3.5 9.1",
    ),
    "malformed-sub-item": Definition(
        "node",
        "certain",
        "the sub-item {kind} of {caller} is malformed at byte {offset} and was passed over",
        ("caller-update", "caller-capture"),
        "PS3.7 D.3.3",
    ),
    "incomplete-user-information": Definition(
        "node",
        "certain",
        "{caller} leaves out {what}, which each request has to have",
        ("caller-update",),
        "PS3.7 D.3.3.1",
    ),
    "long-version-name": Definition(
        "node",
        "certain",
        "the implementation version name of {caller} has {length} characters, where 16 are the most",
        ("caller-version-name",),
        "PS3.7 D.3.3.2.3",
    ),
    "roles-proposed": Definition(
        "node",
        "possible",
        "{caller} negotiates roles for {what}: it is told of none here, as of many a node, and so has to be"
        " SCU of them",
        ("caller-roles",),
        "PS3.7 D.3.3.4",
    ),
    "asynchronous-window": Definition(
        "node",
        "possible",
        "{caller} asks for an asynchronous operations window of {what}: here it is 1, as with most nodes",
        ("caller-window",),
        "PS3.7 D.3.3.3",
    ),
    "unknown-identity-type": Definition(
        "node",
        "certain",
        "{caller} gives a user identity of type {kind}, which the standard does not define",
        ("caller-identity", "caller-update"),
        "PS3.7 D.3.3.7.1",
    ),
    "identity-unanswered": Definition(
        "node",
        "possible",
        "{caller} wants its user identity confirmed, which is not done here",
        ("caller-identity",),
        "PS3.7 D.3.3.7.2",
    ),
    "association-left-open": Definition(
        "node",
        "likely",
        "{caller} left its association open: nothing came for {seconds} s after its last echo",
        ("caller-release", "longer-idle"),
        _RELEASE,
    ),
    "no-release": Definition(
        "node",
        "certain",
        "{caller} does not release its association: {how}",
        ("caller-release",),
        _RELEASE,
    ),
    "release-not-awaited": Definition(
        "node",
        "certain",
        "{caller} asks for the release and does not wait for the answer",
        ("harmless-release",),
        _RELEASE,
    ),
    "odd-command": Definition(
        "node",
        "certain",
        "the command set of {caller} has what does not belong in it: {what}",
        ("caller-update",),
        "PS3.7 6.3.1",
    ),
}
