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
        ("ton", "R:CA:CP:01:TransitOperationNotice:v1.0.0"),
        ("gdq", "R:CA:CP:02:GoodsDeclarationRequest:v1.0.0"),
        ("gdi", "R:CA:CP:02:GoodsDeclarationInfo:v1.0.0"),
        ("pin", "R:CA:PI:01:PreliminaryInformation:v1.0.0"),
        ("aen", "R:CA:CP:02:ActualExportNotice:v1.0.0"),
        ("aec", "R:CA:CP:02:ActualExportCancellation:v1.0.0"),
        ("tvn", "R:CA:CP:03:TemporaryVehicleNotice:v1.0.0"),
        ("tvq", "R:CA:CP:03:TemporaryVehicleRequest:v1.0.0"),
        ("cvq", "R:CA:CV:01:CustomsValueRequest:v1.0.0"),
        ("cvi", "R:CA:CV:01:CustomsValueInfo:v1.0.0"),
        ("trn11", "R:CA:CP:01:TransitReleaseNotice:v1.1.0"),
        ("gdi11", "R:CA:CP:02:GoodsDeclarationInfo:v1.1.0"),
        ("csdo", "M:SimpleDataObjects:v1.0.0"),
        ("ccdo", "M:ComplexDataObjects:v1.0.0"),
        ("casdo", "M:CA:SimpleDataObjects:v1.0.0"),
        ("casdo11", "M:CA:SimpleDataObjects:v1.1.0"),
        ("cacdo", "M:CA:ComplexDataObjects:v1.0.0"),
    )
}
