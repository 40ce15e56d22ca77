"""What the HTTP edges share: who is connected, how a listener runs, how faults leave."""
