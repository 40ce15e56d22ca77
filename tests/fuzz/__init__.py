"""Whatever bytes come, a parser takes them or refuses them: no other exception, no hang, no second reading."""
