"""WS-Security of AS4 (WSS 1.1.1 with the X.509 Token and SwA profiles): what is signed and encrypted, and how it is checked.

Out: sign ► encrypt. In: decrypt ► verify. Who may sign (trust, validity, revocation) is judged elsewhere.
"""
