"""The agreement's prefixes, as its file binds them; a test compares the two."""

BASE = "urn:eurasec-gw:"
NAMESPACES = {
    prefix: BASE + name
    for prefix, name in (
        ("trn", "R:CA:CP:01:TransitReleaseNotice:v1.0.0"),
        ("tac", "R:CA:CP:01:TransitArrivalCompletionNotice:v1.0.0"),
        ("dvq", "R:CA:DV:01:DocumentVerificationRequest:v1.0.0"),
        ("dvr", "R:CA:DV:01:DocumentVerificationResponse:v1.0.0"),
        ("prs", "R:006:ProcessingResult:v1.0.0"),
        ("csdo", "M:SimpleDataObjects:v1.0.0"),
        ("ccdo", "M:ComplexDataObjects:v1.0.0"),
        ("casdo", "M:CA:SimpleDataObjects:v1.0.0"),
        ("cacdo", "M:CA:ComplexDataObjects:v1.0.0"),
    )
}
