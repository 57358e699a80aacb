"""The document types that come with this library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nlwallet.mdoc.document_type import DocumentType
from nlwallet.mdoc.eu_pid import EU_PID
from nlwallet.mdoc.mdl import MDL

KNOWN_DOCTYPES: Final[Mapping[str, DocumentType]] = {one.doctype: one for one in (EU_PID, MDL)}
"""By docType. Any other is laid out as :func:`~nlwallet.mdoc.namespaces_of` says."""
