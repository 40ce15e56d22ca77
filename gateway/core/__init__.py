"""The pure middle: bytes and values in, values out. No I/O, no clock, no randomness.

    national system                                                partner's gateway
          │ POST /messages                                                 │ AS4
          ▼                                                                ▼
    unpack ─► authenticate ─► screen ─► validate ─► redact ─► seal ══► one commit ─► answer

Both directions run the same stages. Each stage is one verb, one file, one pure function; it takes the
previous stage's type (`message.py`) and returns its own.
"""
