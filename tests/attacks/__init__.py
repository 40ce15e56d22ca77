"""What attackers send: each kind is a body that the gateway refuses, or takes, in bounded time and few words."""
