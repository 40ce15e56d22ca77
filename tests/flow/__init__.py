"""The flows on real stores."""
