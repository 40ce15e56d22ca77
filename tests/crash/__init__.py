"""Every write point, before and after."""
