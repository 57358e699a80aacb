"""ISO/IEC 18013-5 documents as OpenID4VP presents them. So far: the session transcripts."""
