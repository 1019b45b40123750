"""pynetdicom reads every PDU that we encode, field by field, and we read every PDU that pynetdicom encodes."""

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pynetdicom import pdu as theirs
from pynetdicom import pdu_items as their_items
from pynetdicom.presentation import PresentationContext
from pynetdicom.utils import make_target as _  # noqa: F401

from dcmtool.upper_layer import pdus
from dcmtool.upper_layer import user_information as ours
from tests.upper_layer import strategies
